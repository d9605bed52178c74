// SPDX-License-Identifier: MIT
#include "stats/change_points.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

namespace stackshift {
namespace {

constexpr std::size_t kShortest = 2;  // values on a level

struct Split {
    std::size_t at = 0;
    double distance = -1;
};

/// The scaled energy distance m n / (m + n) (2 E|X - Y| - E|X - X'| - E|Y - Y'|) of every split, of which the
/// largest. Sums of distances are kept up to date as values change sides, so a series costs n^2.
Split best_split(std::span<const double> series) {
    const std::size_t n = series.size();
    double across = 0;  // sums over pairs: one on each side, both left, both right
    double left = 0;
    double right = 0;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < i; ++j) right += std::abs(series[i] - series[j]);
    Split best;
    for (std::size_t at = 1; at + kShortest <= n; ++at) {
        double to_left = 0;  // of the value that changes sides
        double to_right = 0;
        for (std::size_t i = 0; i + 1 < at; ++i) to_left += std::abs(series[i] - series[at - 1]);
        for (std::size_t i = at; i < n; ++i) to_right += std::abs(series[i] - series[at - 1]);
        left += to_left;
        right -= to_right;
        across += to_right - to_left;
        if (at < kShortest) continue;
        const double a = static_cast<double>(at);
        const double b = static_cast<double>(n - at);
        const double energy = 2 * across / (a * b) - 2 * left / (a * (a - 1)) - 2 * right / (b * (b - 1));
        const double distance = a * b / (a + b) * energy;
        if (distance > best.distance) best = {at, distance};
    }
    return best;
}

void shuffle(std::vector<double>& values, std::mt19937_64& random) {
    // Not std::shuffle, whose order is each library's own.
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random() % i]);
}

void search(std::span<const double> series, std::size_t first, const ChangePointRules& rules,
            std::mt19937_64& random, std::vector<ChangePoint>& found) {
    if (series.size() < 2 * kShortest) return;
    const Split split = best_split(series);
    if (!(split.distance > 0)) return;
    std::size_t as_large = 0;
    std::vector<double> shuffled(series.begin(), series.end());
    // A rounding error must not tell a series from its mirror image.
    const double enough = split.distance * (1 - 1e-9);
    for (std::size_t i = 0; i < rules.shuffles; ++i) {
        shuffle(shuffled, random);
        if (best_split(shuffled).distance >= enough) ++as_large;
    }
    const double p = static_cast<double>(as_large + 1) / static_cast<double>(rules.shuffles + 1);
    if (p > rules.level) return;
    search(series.first(split.at), first, rules, random, found);
    found.push_back({first + split.at, p});
    search(series.subspan(split.at), first + split.at, rules, random, found);
}

}  // namespace

std::vector<ChangePoint> change_points(std::span<const double> series, const ChangePointRules& rules) {
    if (!(rules.level > 0 && rules.level < 1)) throw std::invalid_argument("level outside 0..1");
    for (const double value : series) {
        if (!std::isfinite(value)) throw std::invalid_argument("a series that is not finite");
    }
    std::mt19937_64 random(rules.seed);
    std::vector<ChangePoint> found;
    search(series, 0, rules, random, found);
    return found;
}

}  // namespace stackshift
