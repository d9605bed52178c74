// SPDX-License-Identifier: MIT
// From differences to decisions: tests, their correction for many cells, and what a test of this size can
// find at all. Pure; misuse throws std::invalid_argument, as in stats.h.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace stackshift {

/// ln(contender[i] / base[i]) of the rounds that both have; 0.01 is one percent (to 0.005 of it). Of as many
/// as the shorter has. Values are positive times.
std::vector<double> log_ratios(std::span<const double> base, std::span<const double> contender);

/// The two-sided p-value of the sign test of "the median is 0": 2 P(Binomial(n, 1/2) <= the rarer sign), at
/// most 1, over the n values that are not 0 (1 where there is none). It assumes no distribution and
/// contradicts median_interval() nowhere: p <= 1 - level exactly where the interval holds no 0. Conover,
/// "Practical Nonparametric Statistics" (3rd edition, 1999), section 3.4.
double sign_test(std::span<const double> values);

/// P(|t| > |value|) of Student's t with `degrees` (>= 1) of freedom: the finite sums of Abramowitz and
/// Stegun, 26.7.3 and 26.7.4. Good to 1e-12, absolutely.
double student_two_sided(double value, std::size_t degrees);

/// p-values adjusted for their number, in their order: the i-th smallest of m is multiplied by m - i + 1 and
/// is at least what the smaller ones became. To call those that are at most a level keeps the probability of
/// one false call or more at that level, whatever depends on what. Holm, "A simple sequentially rejective
/// multiple test procedure", Scandinavian Journal of Statistics 6 (1979).
std::vector<double> holm(std::span<const double> p_values);

/// What a sign test is asked to find.
struct TestSize {
    double level = 0.05;  ///< of false calls, of this one test
    double power = 0.8;   ///< of true calls
};

/// The smallest shift of the median that a sign test over `rounds` values spread as these finds with the
/// wanted power, in their unit; nothing where no outcome of so few rounds is significant at that level. The
/// spread is that of the values themselves (their quantiles around their median), not a distribution's, and
/// so is only as good as they are many.
std::optional<double> detectable_shift(std::span<const double> values, std::size_t rounds, TestSize size);

/// How many rounds it takes until a shift of `wanted` (> 0) is found with that power; nothing where a hundred
/// thousand would not do. To within some percent: power goes up in saw teeth.
std::optional<std::size_t> rounds_for_shift(std::span<const double> values, double wanted, TestSize size);

}  // namespace stackshift
