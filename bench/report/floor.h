// SPDX-License-Identifier: MIT
// What a difference of two exact medians must exceed to be a difference of code. Two kernels, and two cells,
// have draws of ASLR and times of the timer's ticks of their own under the same seed: docs/emulator.md,
// "Where code differs".
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "report/view.h"

namespace stackshift {

/// How a difference of two medians spreads where the code does the same: divided by `deviation` it is
/// Student's t with these degrees of freedom.
struct DifferenceSpread {
    double deviation = 0;  ///< in the metric's unit
    std::size_t degrees = 0;
};

/// Of the medians of a cell of `row` in configuration `a` and one in `b` (the same: of two kernels), from the
/// deviation of the seeds' medians, pooled over all kernels of the view. With paired draws, between two
/// kernels: from what is left of that deviation when what a seed does to all kernels is taken away. Nothing
/// where no kernel has two seeds.
std::optional<DifferenceSpread> difference_spread(const View& view, const Row& row, const Configuration& a,
                                                  const Configuration& b, const std::string& metric);

/// In the metric's unit: what the medians of a cell of `row` in configuration `a` and one in `b` (the same:
/// of two kernels) differ by at most in 95 of 100 comparisons where the code does the same: from
/// difference_spread() of the view's cost. Nothing where no kernel has two seeds.
std::optional<double> difference_floor(const View& view, const Row& row, const Configuration& a,
                                       const Configuration& b);

/// Whether a difference of medians is more than draws and ticks may make of it. Without a floor only cells
/// whose stacks are not randomised can tell.
bool exceeds_floor(const View& view, const Row& row, const Configuration& a, const Configuration& b,
                   double difference);

}  // namespace stackshift
