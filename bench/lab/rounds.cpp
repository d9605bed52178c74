// SPDX-License-Identifier: MIT
#include "lab/rounds.h"

#include <fmt/format.h>

#include <algorithm>

#include "stats/paired.h"

namespace stackshift {
namespace {

/// Half the interval of what `rounds` is of `base`, in percent.
std::optional<double> half_width_of(const std::vector<double>& base, const std::vector<double>& rounds) {
    const std::vector<double> ratios = log_ratios(base, rounds);
    if (ratios.empty()) return std::nullopt;
    const std::optional<Interval> interval = median_interval(ratios);
    if (!interval) return std::nullopt;
    return (percent_of_log(interval->high) - percent_of_log(interval->low)) / 2;
}

std::string width_text(const RoundsSoFar& so_far) {
    return so_far.half_width ? fmt::format("+-{:.2g} %", *so_far.half_width) : "no interval yet";
}

}  // namespace

RoundsEnd rounds_end(const RoundsSoFar& so_far, const RoundLimits& limits) {
    if (limits.rounds > 0) return so_far.rounds >= limits.rounds ? RoundsEnd::counted : RoundsEnd::none;
    if (so_far.rounds < kLeastRounds) return RoundsEnd::none;
    if (limits.precision > 0 && so_far.half_width && *so_far.half_width <= limits.precision)
        return RoundsEnd::precise;
    const double of_one = so_far.seconds / so_far.rounds;
    return so_far.seconds + of_one > limits.seconds ? RoundsEnd::time_over : RoundsEnd::none;
}

std::string describe_end(RoundsEnd end, const RoundsSoFar& so_far, const RoundLimits& limits) {
    const std::string rounds = fmt::format("{} round{}", so_far.rounds, so_far.rounds == 1 ? "" : "s");
    switch (end) {
        case RoundsEnd::precise:
            return fmt::format("{}: the wanted +-{} % is reached ({})", rounds, limits.precision,
                               width_text(so_far));
        case RoundsEnd::time_over:
            if (limits.precision <= 0)
                return fmt::format("{}: the time is over ({})", rounds, width_text(so_far));
            return fmt::format(
                "{}: the time is over before +-{} % is reached ({}; --time SECONDS gives more)", rounds,
                limits.precision, width_text(so_far));
        default:
            return fmt::format("{}, as asked ({})", rounds, width_text(so_far));
    }
}

std::optional<double> widest_half_width(const std::vector<KernelRounds>& kernels, std::size_t baseline) {
    std::optional<double> widest;
    for (std::size_t kernel = 0; kernel < kernels.size(); ++kernel) {
        const bool alone = kernels.size() == 1;
        if (kernel == baseline && !alone) continue;
        for (std::size_t cell = 0; cell < kernels[kernel].size(); ++cell) {
            const std::vector<double>& rounds = kernels[kernel][cell];
            // A kernel alone is held against what does not vary.
            const std::vector<double> constant(rounds.size(), rounds.empty() ? 1 : median(rounds));
            const std::optional<double> half =
                half_width_of(alone ? constant : kernels[baseline][cell], rounds);
            if (half) widest = std::max(widest.value_or(0), *half);
        }
    }
    return widest;
}

}  // namespace stackshift
