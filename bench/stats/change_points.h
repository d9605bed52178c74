// SPDX-License-Identifier: MIT
// Where a series of noisy values steps from one level to another. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace stackshift {

struct ChangePointRules {
    double level = 0.01;  ///< a step is one where at most this part of reshuffled series splits as well
    std::size_t shuffles = 999;  ///< so p-values are multiples of 1/1000
    std::uint64_t seed = 1;      ///< of the shuffles: the same series has the same steps
};

struct ChangePoint {
    std::size_t at = 0;  ///< the first value of the new level
    double p = 1;        ///< of the permutation test that called it
};

/// The steps of a series, in order: E-divisive, that is bisection of the series where the energy distance
/// between its two sides is largest, each step held against a permutation test, and again within both sides.
/// Matteson and James, "A Nonparametric Approach for Multiple Change Point Analysis of Multivariate Data",
/// Journal of the American Statistical Association 109 (2014), with exponent 1; for benchmark histories: Daly
/// et al., "The Use of Change Point Detection to Identify Software Performance Regressions in a Continuous
/// Integration System", ICPE 2020. It assumes independent values, no distribution. A level of one value is
/// none. Fewer than ten values have no step at a level of 0.01: not even 4 and 5 sorted ones are rare enough.
std::vector<ChangePoint> change_points(std::span<const double> series, const ChangePointRules& rules = {});

}  // namespace stackshift
