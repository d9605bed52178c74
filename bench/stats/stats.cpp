// SPDX-License-Identifier: MIT
#include "stats/stats.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace stackshift {
namespace {

void require_samples(std::span<const double> samples) {
    if (samples.empty()) throw std::invalid_argument("statistics of no samples");
    // Not only meaningless: NaN breaks the strict weak order that sorting relies on.
    for (const double sample : samples) {
        if (std::isnan(sample)) throw std::invalid_argument("statistics of NaN");
    }
}

std::vector<double> sorted(std::span<const double> samples) {
    require_samples(samples);
    std::vector<double> values(samples.begin(), samples.end());
    std::sort(values.begin(), values.end());
    return values;
}

}  // namespace

double mean(std::span<const double> samples) {
    require_samples(samples);
    return std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
}

double median(std::span<const double> samples) {
    require_samples(samples);
    std::vector<double> values(samples.begin(), samples.end());
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) return *middle;
    return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

double quantile(std::span<const double> samples, double q) {
    if (!(q >= 0 && q <= 1)) throw std::invalid_argument("quantile outside 0..1");
    const std::vector<double> values = sorted(samples);
    const double position = q * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    if (below + 1 == values.size()) return values.back();
    return std::lerp(values[below], values[below + 1], position - static_cast<double>(below));
}

double mad(std::span<const double> samples) {
    const double center = median(samples);
    std::vector<double> deviations(samples.begin(), samples.end());
    for (double& value : deviations) value = std::abs(value - center);
    return median(deviations);
}

std::optional<MedianRanks> median_ranks(std::size_t n, double level) {
    if (n == 0) throw std::invalid_argument("interval of no samples");
    if (!(level > 0 && level < 1)) throw std::invalid_argument("confidence level outside 0..1");
    const double count = static_cast<double>(n);
    // P(B = 0) is 2^-n and underflows from n = 1075 on, so the sum starts 20 standard deviations (sqrt(n) /
    // 2) below the mean: what is left out is under 1e-80.
    const auto first = static_cast<std::size_t>(std::max(0.0, std::floor(count / 2 - 10 * std::sqrt(count))));
    const double at = static_cast<double>(first);
    double probability = std::exp(std::lgamma(count + 1) - std::lgamma(at + 1) - std::lgamma(count - at + 1) -
                                  count * std::numbers::ln2);
    const double most = (1 - level) / 2;
    double below_k = 0;  // P(B < k)
    std::size_t k = first;
    while (below_k + probability <= most) {
        below_k += probability;
        probability *= static_cast<double>(n - k) / static_cast<double>(k + 1);
        ++k;
    }
    if (k == 0) return std::nullopt;
    return MedianRanks{k, n + 1 - k, 1 - 2 * below_k};
}

std::optional<Interval> median_interval(std::span<const double> samples, double level) {
    const std::vector<double> values = sorted(samples);
    const std::optional<MedianRanks> ranks = median_ranks(values.size(), level);
    if (!ranks) return std::nullopt;
    return Interval{values[ranks->low - 1], values[ranks->high - 1], ranks->coverage};
}

double student_975(std::size_t degrees) {
    constexpr double kNormal = 1.959963984540054;
    if (degrees == 0) throw std::invalid_argument("Student's t without degrees of freedom");
    constexpr std::array kTabulated = {12.706205, 4.302653, 3.182446, 2.776445, 2.570582,
                                       2.446912,  2.364624, 2.306004, 2.262157};
    if (degrees <= kTabulated.size()) return kTabulated[degrees - 1];
    const double v = static_cast<double>(degrees);
    const auto power = [](int exponent) { return std::pow(kNormal, exponent); };
    const double g1 = (power(3) + kNormal) / 4;
    const double g2 = (5 * power(5) + 16 * power(3) + 3 * kNormal) / 96;
    const double g3 = (3 * power(7) + 19 * power(5) + 17 * power(3) - 15 * kNormal) / 384;
    return kNormal + g1 / v + g2 / (v * v) + g3 / (v * v * v);
}

double median_error(std::size_t n) {
    constexpr std::array kTabulated = {1.0,    0.707107, 0.6698, 0.5461, 0.5356,
                                       0.4634, 0.4587,   0.4101, 0.4076, 0.3719};
    if (n == 0) throw std::invalid_argument("the median of no values");
    if (n <= kTabulated.size()) return kTabulated[n - 1];
    return std::sqrt(std::numbers::pi / (2 * static_cast<double>(n) + std::numbers::pi - 2));
}

std::optional<Residual> two_way_residual(std::span<const std::vector<double>> rows) {
    if (rows.empty()) throw std::invalid_argument("two-way layout of no rows");
    const std::size_t columns = rows.front().size();
    if (rows.size() < 2 || columns < 2) return std::nullopt;
    std::vector<double> column_means(columns, 0);
    double middle = 0;
    for (const std::vector<double>& row : rows) {
        if (row.size() != columns) throw std::invalid_argument("two-way layout of rows of different lengths");
        for (std::size_t i = 0; i < columns; ++i)
            column_means[i] += row[i] / static_cast<double>(rows.size());
        middle += mean(row) / static_cast<double>(rows.size());
    }
    double squares = 0;
    for (const std::vector<double>& row : rows) {
        const double row_mean = mean(row);
        for (std::size_t i = 0; i < columns; ++i) {
            const double left = row[i] - row_mean - column_means[i] + middle;
            squares += left * left;
        }
    }
    const std::size_t degrees = (rows.size() - 1) * (columns - 1);
    return Residual{squares / static_cast<double>(degrees), degrees};
}

}  // namespace stackshift
