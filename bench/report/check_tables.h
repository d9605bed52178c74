// SPDX-License-Identifier: MIT
// A conformance run as text for people.
#pragma once

#include <string>

#include "check/check.h"

namespace stackshift {

/// How many tests each group has, by strategy and how they ended; then the semantics matrix: every property
/// in which some strategy is not as mainline, with what was seen; then the reasons, what was skipped, and
/// every failure.
std::string check_text(const CheckResult& result);

}  // namespace stackshift
