// SPDX-License-Identifier: MIT
// A baseline: a result without samples, and why it is what it is.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "results/result.h"

namespace stackshift {

/// `found` as the baseline that takes the place of `old` (null: the first one). Beside the environment stands
/// "baseline": a list of every update, oldest first, each with its reason, time, run and the run before.
/// Throws Error{usage} where no reason is given, and where a cell of `found` failed that no strategy
/// declares: a gate would pass that for ever.
Result make_baseline(const Result& found, const Result* old, const std::string& reason,
                     const std::string& time);

/// The last reason that a baseline gives, or empty.
std::string last_reason(const Result& baseline);

}  // namespace stackshift
