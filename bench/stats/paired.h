// SPDX-License-Identifier: MIT
// Two series of times that were measured side by side, round by round: what the second is of the first. Pure;
// misuse throws std::invalid_argument, as in stats.h.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "stats/decision.h"
#include "stats/stats.h"

namespace stackshift {

/// A change of times, from the logarithms of the rounds' ratios. All in percent of the first series.
struct PairedChange {
    double percent = 0;                ///< of the median ratio
    std::optional<Interval> interval;  ///< 95 %, of the sign test; nothing where the rounds are too few
    double p = 1;                      ///< of the sign test, of this one change
    std::size_t rounds = 0;            ///< that both have
    std::optional<double> detectable;  ///< the least change that as many rounds find with the wanted power
    std::optional<std::size_t> rounds_wanted;  ///< how many rounds find `wanted` percent so often

    /// Half of what lies between the interval's ends.
    std::optional<double> half_width() const;
};

/// The change from `base` to `contender`, the medians of their rounds in order; at least one round of both.
/// `size` is what detectable and rounds_wanted are of, `wanted` (> 0) is in percent.
PairedChange paired_change(std::span<const double> base, std::span<const double> contender, TestSize size,
                           double wanted);

/// The percent that a logarithm of a ratio is: 100 (e^x - 1).
double percent_of_log(double log_ratio);

}  // namespace stackshift
