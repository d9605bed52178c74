// SPDX-License-Identifier: MIT
#include "stats/paired.h"

#include <cmath>

namespace stackshift {

double percent_of_log(double log_ratio) {
    return 100 * std::expm1(log_ratio);
}

std::optional<double> PairedChange::half_width() const {
    if (!interval) return std::nullopt;
    return (interval->high - interval->low) / 2;
}

PairedChange paired_change(std::span<const double> base, std::span<const double> contender, TestSize size,
                           double wanted) {
    const std::vector<double> ratios = log_ratios(base, contender);
    PairedChange change;
    change.percent = percent_of_log(median(ratios));
    if (const std::optional<Interval> interval = median_interval(ratios))
        change.interval = {percent_of_log(interval->low), percent_of_log(interval->high), interval->coverage};
    change.p = sign_test(ratios);
    change.rounds = ratios.size();
    if (const std::optional<double> shift = detectable_shift(ratios, ratios.size(), size))
        change.detectable = percent_of_log(*shift);
    change.rounds_wanted = rounds_for_shift(ratios, std::log1p(wanted / 100), size);
    return change;
}

}  // namespace stackshift
