// SPDX-License-Identifier: MIT
// Expected values are worked out by hand or from exact integer binomials (Python's math.comb), not from the
// code.
#include "stats/stats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

namespace stackshift {
namespace {

using Samples = std::vector<double>;

TEST(Stats, MedianOfOddAndEven) {
    EXPECT_EQ(median(Samples{7}), 7);
    EXPECT_EQ(median(Samples{9, 1, 5}), 5);
    EXPECT_EQ(median(Samples{4, 1, 3, 2}), 2.5);  // Debian's Google Benchmark 1.7.1 gets even counts wrong
    EXPECT_EQ(median(Samples{10, 10, 1, 1, 10, 1}), 5.5);
    EXPECT_EQ(median(Samples{-5, -1}), -3);
}

TEST(Stats, MedianLeavesItsInputAlone) {
    const Samples samples = {3, 1, 2};
    median(samples);
    EXPECT_EQ(samples, (Samples{3, 1, 2}));
}

TEST(Stats, Mean) {
    EXPECT_EQ(mean(Samples{1, 2, 6}), 3);
    EXPECT_EQ(mean(Samples{-1, 1}), 0);
}

TEST(Stats, QuantileIsType7) {
    // R: quantile(c(10, 20, 30, 40), c(0, .1, .25, .5, .9, 1)) gives 10 13 17.5 25 37 40.
    const Samples samples = {40, 10, 30, 20};
    EXPECT_DOUBLE_EQ(quantile(samples, 0), 10);
    EXPECT_DOUBLE_EQ(quantile(samples, 0.1), 13);
    EXPECT_DOUBLE_EQ(quantile(samples, 0.25), 17.5);
    EXPECT_DOUBLE_EQ(quantile(samples, 0.5), 25);
    EXPECT_DOUBLE_EQ(quantile(samples, 0.9), 37);
    EXPECT_DOUBLE_EQ(quantile(samples, 1), 40);
    EXPECT_EQ(quantile(Samples{5}, 0.3), 5);
}

TEST(Stats, Mad) {
    // Median 2, deviations 1 1 0 0 2 4 7: median 1.
    EXPECT_EQ(mad(Samples{1, 1, 2, 2, 4, 6, 9}), 1);
    EXPECT_EQ(mad(Samples{8, 8, 8}), 0);
}

TEST(Stats, MedianRanksFromTheBinomial) {
    struct Case {
        std::size_t n;
        double level;
        std::size_t low;
        std::size_t high;
        double coverage;
    };
    for (const Case& expected :
         {Case{6, 0.95, 1, 6, 0.96875},           // 1 - 2 * 1/64
          Case{9, 0.95, 2, 8, 0.9609375},         // 1 - 2 * (1 + 9)/512
          Case{10, 0.95, 2, 9, 0.978515625},      // 1 - 2 * (1 + 10)/1024
          Case{20, 0.95, 6, 15, 0.958610534668},  // 1 - 2 * 21700/2^20
          Case{100, 0.95, 40, 61, 0.964799799782}, Case{100, 0.99, 37, 64, 0.993362879484},
          Case{600, 0.95, 276, 325, 0.954634777718},
          Case{1075, 0.95, 505, 571, 0.955933520620},  // 2^-1075 is no double
          Case{5000, 0.95, 2431, 2570, 0.950684141896}}) {
        const auto ranks = median_ranks(expected.n, expected.level);
        ASSERT_TRUE(ranks) << expected.n;
        EXPECT_EQ(ranks->low, expected.low) << expected.n;
        EXPECT_EQ(ranks->high, expected.high) << expected.n;
        EXPECT_NEAR(ranks->coverage, expected.coverage, 1e-10) << expected.n;
    }
}

TEST(Stats, TooFewSamplesHaveNoInterval) {
    EXPECT_FALSE(median_ranks(5, 0.95));  // 1 - 2/32 = 0.9375
    EXPECT_FALSE(median_ranks(1, 0.95));
    EXPECT_FALSE(median_ranks(7, 0.99));
    EXPECT_TRUE(median_ranks(8, 0.99));  // 1 - 2/256 = 0.9922
    EXPECT_FALSE(median_interval(Samples{1, 2, 3, 4, 5}));
}

TEST(Stats, MedianIntervalTakesOrderStatistics) {
    // n = 9: second and eighth.
    const auto interval = median_interval(Samples{90, 10, 80, 20, 70, 30, 60, 40, 50});
    ASSERT_TRUE(interval);
    EXPECT_EQ(interval->low, 20);
    EXPECT_EQ(interval->high, 80);
    EXPECT_NEAR(interval->coverage, 0.9609375, 1e-12);
}

TEST(Stats, StudentsQuantileIsThatOfTheTables) {
    // Table of Student's t, two-sided 5 %.
    const std::pair<std::size_t, double> table[] = {{1, 12.706}, {2, 4.303},  {3, 3.182},
                                                    {9, 2.262},  {10, 2.228}, {12, 2.179},
                                                    {30, 2.042}, {60, 2.000}, {120, 1.980}};
    for (const auto& [degrees, value] : table) EXPECT_NEAR(student_975(degrees), value, 0.0006) << degrees;
    EXPECT_THROW(student_975(0), std::invalid_argument);
}

TEST(Stats, ErrorOfTheMedianOfNormalValues) {
    // Two values: their mean. Five: the integral of x^2 over the density of the third of five. Twenty: that
    // of the mean of the tenth and eleventh, to which the formula may add some percent.
    EXPECT_NEAR(median_error(1), 1, 1e-12);
    EXPECT_NEAR(median_error(2), std::sqrt(0.5), 1e-4);
    EXPECT_NEAR(median_error(5), 0.5356, 1e-4);
    EXPECT_NEAR(median_error(20), 0.2716, 0.006);
    EXPECT_GT(median_error(20), 0.2716);
    EXPECT_THROW(median_error(0), std::invalid_argument);
}

TEST(Stats, WhatIsLeftOfATable) {
    // The differences of the two rows are 1, 3 and -1: their variance is 4, twice that of one value.
    const std::vector<std::vector<double>> two = {{10, 20, 33}, {11, 23, 32}};
    const std::optional<Residual> residual = two_way_residual(two);
    ASSERT_TRUE(residual);
    EXPECT_EQ(residual->degrees, 2U);
    EXPECT_NEAR(residual->variance, 2, 1e-12);
    // Rows that differ by a constant leave nothing, however their columns differ.
    const std::vector<std::vector<double>> alike = {{1, 1000}, {3, 1002}, {8, 1007}};
    EXPECT_NEAR(two_way_residual(alike)->variance, 0, 1e-12);
    EXPECT_EQ(two_way_residual(alike)->degrees, 2U);
    EXPECT_FALSE(two_way_residual(std::vector<std::vector<double>>{{1, 2, 3}}));
    EXPECT_FALSE(two_way_residual(std::vector<std::vector<double>>{{1}, {2}}));
    EXPECT_THROW(two_way_residual(std::vector<std::vector<double>>{{1, 2}, {3}}), std::invalid_argument);
    EXPECT_THROW(two_way_residual({}), std::invalid_argument);
}

TEST(Stats, MisuseThrows) {
    EXPECT_THROW(median({}), std::invalid_argument);
    EXPECT_THROW(mean({}), std::invalid_argument);
    EXPECT_THROW(mad({}), std::invalid_argument);
    EXPECT_THROW(quantile({}, 0.5), std::invalid_argument);
    EXPECT_THROW(quantile(Samples{1}, 1.5), std::invalid_argument);
    EXPECT_THROW(quantile(Samples{1}, std::nan("")), std::invalid_argument);
    EXPECT_THROW(median(Samples{1, std::nan(""), 2}), std::invalid_argument);
    EXPECT_THROW(median_ranks(0, 0.95), std::invalid_argument);
    EXPECT_THROW(median_ranks(10, 1), std::invalid_argument);
    EXPECT_THROW(median_interval({}), std::invalid_argument);
}

}  // namespace
}  // namespace stackshift
