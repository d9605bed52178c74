// SPDX-License-Identifier: MIT
// Whether results may stand in one table.
#pragma once

#include <string>
#include <vector>

#include "results/result.h"

namespace stackshift {

/// Throws Error{incomparable} that names the first field that differs, with both values, and the runs.
void require_comparable(const std::vector<Result>& results);

/// A string of the free-form environment, or empty where it is absent or no string.
std::string environment_text(const Result& result, const std::string& key);

}  // namespace stackshift
