// SPDX-License-Identifier: MIT
// Clock results of several boots or machines that are of one strategy, as one.
#pragma once

#include <vector>

#include "results/result.h"

namespace stackshift {

/// `host` of one machine runs one kernel, so that a strategy that was booted twice has two results. Here they
/// become one: the rounds of the later one follow those of the earlier one, cell by cell, and the summaries
/// are made anew. A cell that is not ok in one of them stays as it is there; one that only one of them has,
/// as well. Left apart: results of an exact instrument, of several kernels, of kRunning (two of which may be
/// different kernels), of another plan, and those without their samples. Throws Error{incomparable} as
/// require_comparable() does. Pure.
std::vector<Result> joined_by_strategy(std::vector<Result> results);

}  // namespace stackshift
