// SPDX-License-Identifier: MIT
// Pure arithmetic on samples: no I/O, no units of its own (a result has the unit of its samples).
//
// Every function takes samples in any order and throws std::invalid_argument where there are none, where one
// is NaN or where a parameter is out of its range: each of these is a bug of the caller, not of the user.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace stackshift {

double mean(std::span<const double> samples);

/// The middle sample; for an even number of them the mean of the middle two.
double median(std::span<const double> samples);

/// The q-quantile, 0 <= q <= 1, by linear interpolation between order statistics: Hyndman and Fan, "Sample
/// Quantiles in Statistical Packages" (1996), type 7, as R and NumPy do by default. quantile(x, 0.5) ==
/// median(x).
double quantile(std::span<const double> samples, double q);

/// Median absolute deviation from the median, unscaled (times 1.4826 it estimates the standard deviation of
/// normal samples; times of execs are not normal, so nobody here does that).
double mad(std::span<const double> samples);

/// Which order statistics (1 = smallest) bound the median, and how often they truly do.
struct MedianRanks {
    std::size_t low = 0;
    std::size_t high = 0;
    double coverage = 0;
};

/// Ranks of the narrowest symmetric interval [x(k), x(n+1-k)] that holds the median with a probability of at
/// least `level` (0 < level < 1), whatever the distribution: the inverted sign test, k the largest with
/// P(Binomial(n, 1/2) < k) <= (1 - level) / 2. Hahn and Meeker, "Statistical Intervals" (1991), section 5.2;
/// David and Nagaraja, "Order Statistics" (2003), section 7.1. Nothing where n is too small for the level (95
/// %: n < 6).
std::optional<MedianRanks> median_ranks(std::size_t n, double level);

/// A confidence interval in the unit of the samples.
struct Interval {
    double low = 0;
    double high = 0;
    double coverage = 0;  ///< what it truly has, at least the level asked for
};

/// median_ranks() applied to samples. Assumes that they are independent.
std::optional<Interval> median_interval(std::span<const double> samples, double level = 0.95);

/// The 0.975 quantile of Student's t distribution to four digits: from its table, and from 10 degrees of
/// freedom on by the expansion of Abramowitz and Stegun, 26.7.5. `degrees` is at least 1.
double student_975(std::size_t degrees);

/// The standard deviation of the median of n normal values of standard deviation 1, n at least 1. Up to 10 as
/// tabulated (Hojo, "Distribution of the median, quartiles and interquartile distance in samples from a
/// normal population", Biometrika 23, 1931); above by Var = pi / (2 n + pi - 2), which for an even n is some
/// percent too much.
double median_error(std::size_t n);

/// What is left of a table when the means of its rows and of its columns are taken away.
struct Residual {
    double variance = 0;
    std::size_t degrees = 0;  ///< of freedom: (rows - 1) (columns - 1)
};

/// The error of a two-way layout with one observation a cell: Montgomery, "Design and Analysis of
/// Experiments", 4.1. Rows are of one length. Nothing where there is one row or one column.
std::optional<Residual> two_way_residual(std::span<const std::vector<double>> rows);

}  // namespace stackshift
