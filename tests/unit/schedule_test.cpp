// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>

#include "host/host.h"

namespace stackshift {
namespace {

TEST(Schedule, FillsTheBudget) {
    // 100 us an exec: 20 ms are 200 execs; 10 cells make a round of 0.2 s; 4 s are 20 rounds.
    const Schedule schedule = make_schedule(std::vector<double>(10, 100e3), 4);
    EXPECT_EQ(schedule.execs, std::vector<unsigned>(10, 200));
    EXPECT_EQ(schedule.rounds, 20U);
    EXPECT_NEAR(schedule.seconds, 4, 1e-9);
}

TEST(Schedule, KeepsFiveRoundsOfFiveExecs) {
    const Schedule schedule = make_schedule({1e9}, 1);
    EXPECT_EQ(schedule.execs, std::vector<unsigned>{5});
    EXPECT_EQ(schedule.rounds, 5U);
    EXPECT_NEAR(schedule.seconds, 25, 1e-9);
}

TEST(Schedule, CellsThatCannotRunCostNothing) {
    EXPECT_EQ(make_schedule({0, 0}, 60).rounds, 50U);
}

TEST(Shuffle, IsAPermutationThatItsSeedDecides) {
    std::vector<size_t> order = shuffled(100, 7, 3);
    EXPECT_EQ(order, shuffled(100, 7, 3));
    EXPECT_NE(order, shuffled(100, 8, 3));
    EXPECT_NE(order, shuffled(100, 7, 4));
    std::sort(order.begin(), order.end());
    for (size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], i);
}

}  // namespace
}  // namespace stackshift
