// SPDX-License-Identifier: MIT
// How a clock run spends its time. Pure.
#pragma once

#include <cstddef>
#include <vector>

namespace stackshift {

/// How a sweep's time is spent.
struct Schedule {
    unsigned rounds = 0;
    double seconds = 0;  ///< what it will take
};

/// Rounds of a run that nobody gave a time, at most: more narrow the intervals little.
inline constexpr unsigned kUsualRounds = 50;

/// Rounds of any run, at most: a mistyped time does not fill the memory.
inline constexpr unsigned kMostRounds = 10'000;

/// Chooses the rounds from what a chain of each cell took (ns, everything around its execs included) so that
/// they fit `budget` seconds: 5 to `most` (5 even where that takes longer: fewer give no interval); or takes
/// `rounds`, if that is not 0. Pure.
Schedule make_schedule(const std::vector<double>& chain_ns, double budget, unsigned most,
                       unsigned rounds = 0);

}  // namespace stackshift
