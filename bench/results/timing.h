// SPDX-License-Identifier: MIT
// Clock results whose times mean nothing.
#pragma once

#include <string>

#include "results/result.h"

namespace stackshift {

/// The environment's key that says so, and how its text begins.
inline constexpr const char* kTiming = "timing";
inline constexpr const char* kTimingInvalid = "timing invalid";

/// Why the times of a clock result mean nothing: its guests were emulated, or its environment says so. Empty
/// where they do mean something, and for every exact result.
std::string timing_problem(const Result& result);

/// Throws Error{incomparable}, `name` first, where timing_problem() knows one: nothing shows such times, or
/// holds them against others.
void require_valid_timing(const Result& result, const std::string& name);

}  // namespace stackshift
