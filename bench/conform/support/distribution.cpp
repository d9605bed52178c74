// SPDX-License-Identifier: MIT
#include "conform/support/distribution.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace stackshift {
namespace {

/// Standard deviations: one in 10^9 normal draws is farther away.
constexpr double kFar = 6.1;

bool far(double seen, double expected, double deviation) {
    return std::abs(seen - expected) > kFar * deviation;
}

/// Where the upper tail of chi-square is 10^-9: scipy 1.10's stats.chi2.isf(1e-9, 15) and (1e-9, 63).
constexpr double kCritical15 = 73.63;
constexpr double kCritical63 = 155.07;

}  // namespace

std::string every_bit(const Draws& draws, unsigned bits) {
    const auto n = static_cast<double>(draws.size());
    for (unsigned bit = 0; bit < bits; ++bit) {
        const auto set = std::count_if(draws.begin(), draws.end(),
                                       [&](std::uint64_t value) { return (value >> bit & 1) != 0; });
        const std::string name = "bit " + std::to_string(bit);
        if (set == 0) return name + " is never set";
        if (far(static_cast<double>(set), n / 2, std::sqrt(n) / 2))
            return name + " is not set half of the time";
    }
    return draws.empty() ? "no draws" : "ok";
}

std::string equal_bins(const Draws& draws, unsigned bits) {
    const bool many = draws.size() > 1000;
    const std::size_t bins = many ? 64 : 16;
    std::vector<double> counts(bins);
    for (const std::uint64_t value : draws) counts[(value * bins >> bits) % bins] += 1;
    const double expected = static_cast<double>(draws.size()) / static_cast<double>(bins);
    // With fewer than five draws per bin the statistic does not have its distribution.
    if (expected < 5) return "too few draws";
    double statistic = 0;
    for (const double count : counts) statistic += (count - expected) * (count - expected) / expected;
    return statistic <= (many ? kCritical63 : kCritical15)
               ? "ok"
               : "chi-square is " + std::to_string(std::lround(statistic));
}

std::string duplicates(const Draws& draws, unsigned bits) {
    std::map<std::uint64_t, std::uint64_t> counts;
    for (const std::uint64_t value : draws) ++counts[value];
    double pairs = 0;
    for (const auto& [value, count] : counts) pairs += static_cast<double>(count * (count - 1)) / 2;
    const auto n = static_cast<double>(draws.size());
    const double expected = n * (n - 1) / 2 / std::exp2(bits);
    // Pairs of a uniform source are uncorrelated, so their variance and expectation are nearly the same. The
    // number of few pairs has Poisson's distribution, whose tail is heavier than the normal one's: 15 more
    // are allowed.
    const double allowed = kFar * std::sqrt(expected) + (expected < 100 ? 15 : 0);
    return std::abs(pairs - expected) <= allowed ? "ok" : std::to_string(std::lround(pairs)) + " equal pairs";
}

std::string serial(const Draws& draws) {
    for (std::size_t distance = 1; distance <= 4; ++distance) {
        double rises = 0;
        double pairs = 0;
        for (std::size_t i = 0; i + distance < draws.size(); i += 2 * distance, pairs += 1) {
            if (draws[i] < draws[i + distance]) rises += 1;
            // Ties count half.
            if (draws[i] == draws[i + distance]) rises += 0.5;
        }
        if (pairs < 20) return "too few draws";
        if (far(rises, pairs / 2, std::sqrt(pairs) / 2)) {
            return "draws " + std::to_string(distance) + " apart depend on each other";
        }
    }
    return "ok";
}

}  // namespace stackshift
