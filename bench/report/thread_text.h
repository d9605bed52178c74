// SPDX-License-Identifier: MIT
// The claims of the thread as text for people: `stackshift thread`.
#pragma once

#include <string>
#include <vector>

#include "report/claims.h"

namespace stackshift {

/// How many claims ended how, "6 confirmed, 3 partly", then a line for each, then each with its quote,
/// figures, rule and command. Plain ASCII of kLineWidth columns.
std::string thread_text(const std::vector<Claim>& claims);

}  // namespace stackshift
