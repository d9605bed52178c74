// SPDX-License-Identifier: MIT
// Where along a line of commits a figure moves: a bisection that does not stop at the first step. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace stackshift {

/// A place on the line where the figure moves. Commits between `from` and `to` could not be measured; where
/// they are neighbours there are none.
struct Step {
    std::size_t from = 0;
    std::size_t to = 0;
    double before = 0;
    double after = 0;
    /// The figure creeps: there is no single move of the wanted size between the two.
    bool creeping = false;
    double move() const { return after - before; }
};

/// The figure at a commit of the line, or nothing where it cannot be measured. Called once for each commit at
/// most.
using Measure = std::function<std::optional<double>(std::size_t commit)>;

/// Steps of `at_least` (> 0) or more between commit 0, the good end, and commit `last`, in order; both ends
/// have been measured. A commit that cannot be measured is passed over, as git bisect does. Moves that cancel
/// each other out between two measured commits are not seen.
std::vector<Step> find_steps(std::size_t last, double first_value, double last_value, double at_least,
                             const Measure& measure);

}  // namespace stackshift
