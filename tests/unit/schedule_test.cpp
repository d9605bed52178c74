// SPDX-License-Identifier: MIT
#include "host/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "util/shuffle.h"

namespace stackshift {
namespace {

TEST(Schedule, FillsTheBudget) {
    // 10 chains of 20 ms make a round of 0.2 s; 4 s are 20 rounds.
    const Schedule schedule = make_schedule(std::vector<double>(10, 20e6), 0, 4);
    EXPECT_EQ(schedule.rounds, 20U);
    EXPECT_NEAR(schedule.seconds, 4, 1e-9);
}

TEST(Schedule, KeepsFiveRoundsAndStopsAtFifty) {
    const Schedule slow = make_schedule({5e9}, 0, 1);
    EXPECT_EQ(slow.rounds, 5U);
    EXPECT_NEAR(slow.seconds, 25, 1e-9);
    EXPECT_EQ(make_schedule({1e3}, 0, 60).rounds, 50U);
}

TEST(Schedule, ATimeThatWasAskedForIsUsed) {
    // A round of 0.25 s: 600 s are 2,400.
    EXPECT_EQ(make_schedule({0.25e9}, 600, 20).rounds, 2400U);
    EXPECT_EQ(make_schedule({1e3}, 600, 20).rounds, 10'000U);
    EXPECT_EQ(make_schedule({0.25e9}, 600, 20, 7).rounds, 7U);
}

TEST(Schedule, CellsThatCannotRunCostNothing) {
    EXPECT_EQ(make_schedule({0, 0}, 0, 60).rounds, 50U);
}

TEST(Shuffle, IsAPermutationThatItsSeedDecides) {
    std::vector<size_t> order = shuffled(100, 7, 3);
    // From a mersenne twister written apart from this (Matsumoto and Nishimura's 64-bit version), seeded with
    // 7 + 3: runs of other builds and libraries must measure in the same order.
    EXPECT_EQ(shuffled(8, 7, 3), (std::vector<size_t>{0, 1, 7, 5, 6, 4, 3, 2}));
    EXPECT_NE(order, shuffled(100, 8, 3));
    EXPECT_NE(order, shuffled(100, 7, 4));
    std::sort(order.begin(), order.end());
    for (size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], i);
}

}  // namespace
}  // namespace stackshift
