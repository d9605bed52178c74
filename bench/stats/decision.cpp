// SPDX-License-Identifier: MIT
#include "stats/decision.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <stdexcept>

#include "stats/stats.h"

namespace stackshift {
namespace {

/// P(Binomial(n, probability) <= most), 0 < probability < 1.
double binomial_at_most(std::size_t n, double probability, std::size_t most) {
    const double count = static_cast<double>(n);
    double sum = 0;
    for (std::size_t k = 0; k <= most && k <= n; ++k) {
        const double at = static_cast<double>(k);
        sum += std::exp(std::lgamma(count + 1) - std::lgamma(at + 1) - std::lgamma(count - at + 1) +
                        at * std::log(probability) + (count - at) * std::log1p(-probability));
    }
    return std::min(1.0, sum);
}

/// How rare the rarer sign may become, as a probability per round, for the test to find it with the wanted
/// power; nothing where no outcome is significant.
std::optional<double> rarer_sign(std::size_t rounds, TestSize size) {
    if (!(size.power > 0 && size.power < 1)) throw std::invalid_argument("power outside 0..1");
    const std::optional<MedianRanks> ranks = median_ranks(rounds, 1 - size.level);
    if (!ranks) return std::nullopt;
    // It is significant where the rarer sign is seen less often than the lower rank says.
    double found = 0;
    double missed = 0.5;
    for (int i = 0; i < 60; ++i) {
        const double middle = std::midpoint(found, missed);
        (binomial_at_most(rounds, middle, ranks->low - 1) >= size.power ? found : missed) = middle;
    }
    return found;
}

}  // namespace

std::vector<double> log_ratios(std::span<const double> base, std::span<const double> contender) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < std::min(base.size(), contender.size()); ++i) {
        if (!(base[i] > 0 && contender[i] > 0))
            throw std::invalid_argument("ratio of times that are not positive");
        ratios.push_back(std::log(contender[i] / base[i]));
    }
    return ratios;
}

double sign_test(std::span<const double> values) {
    if (std::any_of(values.begin(), values.end(), [](double value) { return std::isnan(value); }))
        throw std::invalid_argument("sign test of NaN");
    const auto above = std::count_if(values.begin(), values.end(), [](double value) { return value > 0; });
    const auto below = std::count_if(values.begin(), values.end(), [](double value) { return value < 0; });
    if (above + below == 0) return 1;
    return std::min(1.0, 2 * binomial_at_most(static_cast<std::size_t>(above + below), 0.5,
                                              static_cast<std::size_t>(std::min(above, below))));
}

double student_two_sided(double value, std::size_t degrees) {
    if (degrees == 0) throw std::invalid_argument("Student's t without degrees of freedom");
    if (std::isnan(value)) throw std::invalid_argument("Student's t of NaN");
    const double angle = std::atan2(std::abs(value), std::sqrt(static_cast<double>(degrees)));
    const double cosine = std::cos(angle);
    const bool odd = degrees % 2 == 1;
    double term = odd ? cosine : 1;
    double sum = 0;
    for (std::size_t k = odd ? 1 : 0; k + 2 <= degrees; k += 2) {
        sum += term;
        term *= cosine * cosine * static_cast<double>(k + 1) / static_cast<double>(k + 2);
    }
    sum *= std::sin(angle);
    const double inside = odd ? 2 / std::numbers::pi * (angle + sum) : sum;
    return std::clamp(1 - inside, 0.0, 1.0);
}

std::vector<double> holm(std::span<const double> p_values) {
    for (const double p : p_values) {
        if (!(p >= 0 && p <= 1)) throw std::invalid_argument("a p-value outside 0..1");
    }
    std::vector<std::size_t> order(p_values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
    std::vector<double> adjusted(p_values.size());
    double least = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        least = std::max(least, p_values[order[i]] * static_cast<double>(order.size() - i));
        adjusted[order[i]] = std::min(1.0, least);
    }
    return adjusted;
}

std::optional<double> detectable_shift(std::span<const double> values, std::size_t rounds, TestSize size) {
    const std::optional<double> rarer = rarer_sign(rounds, size);
    if (!rarer) return std::nullopt;
    const double middle = median(values);
    // A shift by as much as lies between the median and this quantile leaves so many on the other side.
    return std::max(middle - quantile(values, *rarer), quantile(values, 1 - *rarer) - middle);
}

std::optional<std::size_t> rounds_for_shift(std::span<const double> values, double wanted, TestSize size) {
    constexpr std::size_t kMost = 100'000;
    if (!(wanted > 0)) throw std::invalid_argument("a wanted shift that is not above 0");
    const auto found = [&](std::size_t rounds) {
        const std::optional<double> shift = detectable_shift(values, rounds, size);
        return shift && *shift <= wanted;
    };
    std::size_t enough = 1;
    while (!found(enough)) {
        if (enough > kMost) return std::nullopt;
        enough *= 2;
    }
    std::size_t few = enough / 2;
    while (enough - few > 1) {
        const std::size_t middle = std::midpoint(few, enough);
        (found(middle) ? enough : few) = middle;
    }
    return enough;
}

}  // namespace stackshift
