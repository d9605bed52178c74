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
/// they fit `asked` seconds or, where nobody has asked (0), `usual` seconds: 5 at least, even where that
/// takes longer, as fewer give no interval, and kMostRounds or kUsualRounds at most. Or takes `rounds`, if
/// that is not 0. Pure.
Schedule make_schedule(const std::vector<double>& chain_ns, double asked, double usual, unsigned rounds = 0);

}  // namespace stackshift
