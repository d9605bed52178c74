// SPDX-License-Identifier: MIT
// When a clock run has enough rounds. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace stackshift {

/// What a run is to reach, or not to exceed.
struct RoundLimits {
    unsigned rounds = 0;   ///< so many, whatever else; 0: as the other two say
    double seconds = 0;    ///< of wall time, the rounds that have begun included
    double precision = 0;  ///< percent; 0: until the time is over
};

/// Where a run stands after a round.
struct RoundsSoFar {
    unsigned rounds = 0;
    double seconds = 0;
    std::optional<double> half_width;  ///< widest_half_width() now
};

/// Fewer have no 95 % interval. So many are made even where that takes longer than wanted.
inline constexpr unsigned kLeastRounds = 6;

enum class RoundsEnd {
    none,       ///< go on
    counted,    ///< as many as were asked for
    precise,    ///< the wanted precision is reached
    time_over,  ///< another round would not fit
};

RoundsEnd rounds_end(const RoundsSoFar& so_far, const RoundLimits& limits);

/// "after 24 rounds: +-0.8 % is reached", for a reader.
std::string describe_end(RoundsEnd end, const RoundsSoFar& so_far, const RoundLimits& limits);

/// The medians of one kernel's rounds, a list for each cell; an empty one of a cell that failed.
using KernelRounds = std::vector<std::vector<double>>;

/// The widest of all 95 % intervals' half widths, in percent: of each cell of each kernel, as the sign test
/// over the rounds' ratios to the kernel number `baseline` gives it; of one kernel alone, over its rounds.
/// Nothing where no cell has enough rounds.
std::optional<double> widest_half_width(const std::vector<KernelRounds>& kernels, std::size_t baseline);

}  // namespace stackshift
