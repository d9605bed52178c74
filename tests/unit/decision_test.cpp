// SPDX-License-Identifier: MIT
// Expected values are from exact binomials (Python's math.comb and bisection), from numerical integration of
// Student's density, and by hand; those of rates from the binomial distribution of what is counted.
#include "stats/decision.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <stdexcept>

#include "stats/change_points.h"
#include "stats/stats.h"

namespace stackshift {
namespace {

using Samples = std::vector<double>;

TEST(Decision, LogRatiosOfTheRoundsThatBothHave) {
    const Samples ratios = log_ratios(Samples{100, 200, 50}, Samples{101, 100});
    ASSERT_EQ(ratios.size(), 2U);
    EXPECT_NEAR(ratios[0], 0.00995033085, 1e-10);  // ln 1.01
    EXPECT_NEAR(ratios[1], -std::numbers::ln2, 1e-12);
    EXPECT_THROW(log_ratios(Samples{0}, Samples{1}), std::invalid_argument);
}

TEST(Decision, SignTestIsTheBinomials) {
    const auto signs = [](int above, int below) {
        Samples values(static_cast<std::size_t>(above), 1.0);
        values.insert(values.end(), static_cast<std::size_t>(below), -2.0);
        values.push_back(0);  // left out
        return sign_test(values);
    };
    EXPECT_NEAR(signs(8, 2), 0.109375, 1e-12);  // 2 (1 + 10 + 45) / 1024
    EXPECT_NEAR(signs(1, 9), 0.021484375, 1e-12);
    EXPECT_NEAR(signs(0, 7), 0.015625, 1e-12);
    EXPECT_NEAR(signs(15, 5), 0.04138946533203125, 1e-12);
    EXPECT_EQ(signs(5, 5), 1);
    EXPECT_EQ(sign_test(Samples{0, 0}), 1);
}

TEST(Decision, SignTestAndIntervalAgree) {
    // Whatever the samples: an interval of 95 % without 0 is a p of 5 % or less.
    std::mt19937_64 random(4);
    std::normal_distribution<double> normal(0.5, 1);
    int both = 0;
    for (int i = 0; i < 300; ++i) {
        Samples values(6 + static_cast<std::size_t>(i) % 30);
        for (double& value : values) value = normal(random);
        const std::optional<Interval> interval = median_interval(values);
        const bool apart = interval->low > 0 || interval->high < 0;
        EXPECT_EQ(apart, sign_test(values) <= 0.05) << values.size();
        both += apart;
    }
    EXPECT_GT(both, 50);
    EXPECT_LT(both, 250);
}

TEST(Decision, StudentsTails) {
    EXPECT_NEAR(student_two_sided(2, 3), 0.139325968558849, 1e-9);
    EXPECT_NEAR(student_two_sided(-4, 1), 0.155958260754742, 1e-9);
    EXPECT_NEAR(student_two_sided(1.5, 2), 0.272393124891, 1e-9);
    EXPECT_NEAR(student_two_sided(3, 10), 0.013343655022596, 1e-9);
    EXPECT_NEAR(student_two_sided(5, 36), 1.50239327331e-05, 1e-9);
    for (const std::size_t degrees : {1U, 4U, 9U, 17U})
        EXPECT_NEAR(student_two_sided(student_975(degrees), degrees), 0.05, 1e-4) << degrees;
    EXPECT_EQ(student_two_sided(0, 5), 1);
    EXPECT_THROW(student_two_sided(1, 0), std::invalid_argument);
}

TEST(Decision, HolmStepsDown) {
    // By hand, m = 4: .01 * 4, .02 * 3, .03 * 2 (not under what came before), .5 * 1.
    const Samples adjusted = holm(Samples{0.03, 0.01, 0.5, 0.02});
    ASSERT_EQ(adjusted.size(), 4U);
    EXPECT_DOUBLE_EQ(adjusted[0], 0.06);
    EXPECT_DOUBLE_EQ(adjusted[1], 0.04);
    EXPECT_DOUBLE_EQ(adjusted[2], 0.5);
    EXPECT_DOUBLE_EQ(adjusted[3], 0.06);
    EXPECT_EQ(holm(Samples{0.7, 0.9}), (Samples{1, 1}));
    EXPECT_TRUE(holm({}).empty());
    EXPECT_THROW(holm(Samples{1.1}), std::invalid_argument);
}

TEST(Decision, WhatATestOfThisSizeCanFind) {
    const Samples values = {-5, -3, -2, -1, -.5, .5, 1, 2, 3, 7};
    EXPECT_NEAR(*detectable_shift(values, 10, {0.05, 0.8}), 4.002642283988642, 1e-6);
    EXPECT_NEAR(*detectable_shift(values, 10, {0.01, 0.8}), 6.205579667545429, 1e-6);
    // 2 * 2^-5 is more than 5 %: nothing that five rounds say is significant.
    EXPECT_FALSE(detectable_shift(values, 5, {0.05, 0.8}));
    // The fewest are 25 and 12; power goes up in saw teeth, so a few more may be found.
    EXPECT_GE(*rounds_for_shift(values, 2, {0.05, 0.8}), 25U);
    EXPECT_LE(*rounds_for_shift(values, 2, {0.05, 0.8}), 30U);
    EXPECT_GE(*rounds_for_shift(values, 3, {0.05, 0.8}), 12U);
    EXPECT_LE(*rounds_for_shift(values, 3, {0.05, 0.8}), 15U);
    EXPECT_FALSE(rounds_for_shift(values, 1e-9, {0.05, 0.8}));
}

/// What `rounds` rounds of two contenders give in one cell: lognormal noise of 0.7 %, one round in ten five
/// times as wide on both sides, as a neighbour makes it.
Samples generated_ratios(std::mt19937_64& random, std::size_t rounds, double factor, bool outliers) {
    std::normal_distribution<double> normal(0, 0.007);
    Samples base;
    Samples contender;
    for (std::size_t i = 0; i < rounds; ++i) {
        const double wide = outliers && random() % 10 == 0 ? 5 : 1;
        base.push_back(17000 * std::exp(wide * normal(random)));
        contender.push_back(17000 * factor * std::exp(wide * normal(random)));
    }
    return log_ratios(base, contender);
}

/// Whether a table of 20 cells, the first of which is slower by `factor`, has a cell that is called.
struct Called {
    bool first = false;
    bool other = false;
};
Called table_of_twenty(std::mt19937_64& random, std::size_t rounds, double factor, bool outliers) {
    Samples chances;
    for (int cell = 0; cell < 20; ++cell)
        chances.push_back(sign_test(generated_ratios(random, rounds, cell == 0 ? factor : 1, outliers)));
    const Samples adjusted = holm(chances);
    Called called;
    called.first = adjusted[0] <= 0.05;
    for (std::size_t i = 1; i < adjusted.size(); ++i) called.other |= adjusted[i] <= 0.05;
    return called;
}

constexpr int kDraws = 2000;

TEST(Decision, NoChangeIsCalledAsRarelyAsItShould) {
    // 21 rounds: the rarer sign at most 3 times, 2 * 1562 / 2^21; of 20 cells any: 0.02937. 3.3 deviations of
    // 2000 draws are 25: outside once in a thousand.
    std::mt19937_64 random(20261126);
    int any = 0;
    int single = 0;
    for (int i = 0; i < kDraws; ++i) {
        const Called called = table_of_twenty(random, 21, 1, true);
        any += called.first || called.other;
        single += sign_test(generated_ratios(random, 21, 1, true)) <= 0.05;
    }
    EXPECT_NEAR(any, 58.75, 25);
    // One test alone: 2 * P(B <= 5) = 0.026604, so 53.2 and 3.3 * 7.2.
    EXPECT_NEAR(single, 53.2, 23.8);
}

TEST(Decision, APlantedPercentIsFound) {
    // A round is on the right side with Phi(ln 1.01 / (0.007 sqrt 2)) = 0.84258; 30 rounds among 20 cells at
    // 0.05 / 20: the rarer sign at most 6 times, so 0.81743; 2000 draws: 1634.9 and 3.3 * 17.3. Others of the
    // table are not called instead.
    std::mt19937_64 random(1);
    int found = 0;
    int wrong = 0;
    for (int i = 0; i < kDraws; ++i) {
        const Called called = table_of_twenty(random, 30, 1.01, false);
        found += called.first;
        wrong += called.other;
    }
    EXPECT_NEAR(found, 1634.9, 57);
    EXPECT_LT(wrong, 129);  // 5 % and 3 deviations
}

TEST(Decision, RecordedRoundsOfOneKernelAreNotCalled) {
    // Medians of rounds in ns, native, no ASLR, no pages: two runs of one kernel, one after the other, on a
    // guest of two CPUs beside compilers. 9 of 27 went up and 18 down; with half as much again 22 and 5. From
    // these the p.
    const Samples first = {75802, 70422, 78187, 73949, 43952, 43296, 58449, 44874, 47349,
                           79033, 67712, 69841, 72721, 71925, 70497, 51837, 70302, 69160,
                           66921, 62467, 57147, 55479, 62187, 43036, 66520, 68293, 63970};
    Samples second = {67006, 61019, 65282, 52333, 64741, 45906, 61455, 49768, 63269,
                      43933, 44017, 43482, 44183, 55970, 43201, 44363, 57082, 56566,
                      59131, 63048, 60118, 59787, 57723, 54377, 54417, 54628, 60378};
    EXPECT_NEAR(sign_test(log_ratios(first, second)), 0.12207812070846558, 1e-12);
    for (double& time : second) time *= 1.5;
    EXPECT_NEAR(sign_test(log_ratios(first, second)), 0.0015137195587158203, 1e-12);
}

TEST(ChangePoints, OneStepWhereItIs) {
    // The energy distances of all splits, worked out pair by pair: 43.95 at 7 is the largest, and 0.5 %
    // of reshuffled series have as large a one.
    const Samples series = {10, 11, 9, 10, 12, 11, 10, 20, 21, 19, 22, 20, 20, 11};
    const std::vector<ChangePoint> found = change_points(series);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].at, 7U);
    EXPECT_LE(found[0].p, 0.01);
}

TEST(ChangePoints, StepsUpAndDown) {
    Samples series;
    for (const double level : {100.0, 130.0, 90.0})
        for (const double noise : {0.0, 1.0, -1.0, 2.0, 0.5, -2.0, 1.5, 0.3, -0.7, 0.1})
            series.push_back(level + noise);
    const std::vector<ChangePoint> found = change_points(series);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].at, 10U);
    EXPECT_EQ(found[1].at, 20U);
}

TEST(ChangePoints, NoiseHasFewAndShortSeriesNone) {
    // A false step in 1 % of series: of 200, 2; more than 8 come about once in five thousand.
    std::mt19937_64 random(7);
    std::normal_distribution<double> normal(0, 1);
    int called = 0;
    for (int i = 0; i < 200; ++i) {
        Samples series(16);
        for (double& value : series) value = normal(random);
        ChangePointRules rules;
        rules.shuffles = 199;
        called += !change_points(series, rules).empty();
    }
    EXPECT_LE(called, 8);
    EXPECT_TRUE(change_points(Samples{1, 1, 1, 9, 9, 9}).empty()) << "2 in 20 orders are as extreme";
    EXPECT_TRUE(change_points(Samples(30, 5.0)).empty());
    EXPECT_TRUE(change_points({}).empty());
    EXPECT_THROW(change_points(Samples{std::nan("")}), std::invalid_argument);
}

}  // namespace
}  // namespace stackshift
