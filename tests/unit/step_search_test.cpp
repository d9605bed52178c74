// SPDX-License-Identifier: MIT
#include "lab/step_search.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace stackshift {
namespace {

/// A line of commits with these figures; -1: cannot be measured.
struct Line {
    explicit Line(std::vector<double> all) : figures(std::move(all)) {}
    std::vector<double> figures;
    std::multiset<std::size_t> measured;

    std::vector<Step> steps(double at_least) {
        measured.clear();
        return find_steps(figures.size() - 1, figures.front(), figures.back(), at_least,
                          [this](std::size_t commit) -> std::optional<double> {
                              measured.insert(commit);
                              if (figures[commit] < 0) return std::nullopt;
                              return figures[commit];
                          });
    }
};

TEST(StepSearch, OneStepIsFoundInLogarithmicTime) {
    for (std::size_t at = 1; at <= 1000; at += 111) {
        std::vector<double> figures(1001, 500);
        for (std::size_t i = at; i < figures.size(); ++i) figures[i] = 1500;
        Line line(figures);
        const auto steps = line.steps(1000);
        ASSERT_EQ(steps.size(), 1U);
        EXPECT_EQ(steps[0].from, at - 1);
        EXPECT_EQ(steps[0].to, at);
        EXPECT_EQ(steps[0].move(), 1000);
        EXPECT_FALSE(steps[0].creeping);
        EXPECT_LE(line.measured.size(), 10U);
    }
}

TEST(StepSearch, TwoStepsAreTwo) {
    Line line({100, 100, 160, 160, 160, 160, 220, 220, 220});
    const auto steps = line.steps(50);
    ASSERT_EQ(steps.size(), 2U);
    EXPECT_EQ(steps[0].to, 2U);
    EXPECT_EQ(steps[1].to, 6U);
    for (const std::size_t commit : line.measured) EXPECT_EQ(line.measured.count(commit), 1U) << commit;
}

TEST(StepSearch, ASmallerMoveIsNotLookedFor) {
    Line line({100, 101, 101, 200, 200, 201});
    const auto steps = line.steps(50);
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].to, 3U);
    EXPECT_EQ(steps[0].move(), 99);
}

TEST(StepSearch, NothingMoved) {
    Line line({100, 900, 100});
    EXPECT_TRUE(line.steps(50).empty()) << "what cancels itself out between the ends is not seen";
    EXPECT_TRUE(line.measured.empty());
}

TEST(StepSearch, CommitsThatCannotBeMeasuredArePassedOver) {
    Line line({100, 100, 100, -1, -1, -1, 200, 200, 200});
    const auto steps = line.steps(50);
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].from, 2U);
    EXPECT_EQ(steps[0].to, 6U);
    EXPECT_FALSE(steps[0].creeping);
}

TEST(StepSearch, NoneButTheEndsCanBeMeasured) {
    Line line({100, -1, -1, 200});
    const auto steps = line.steps(50);
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].from, 0U);
    EXPECT_EQ(steps[0].to, 3U);
}

TEST(StepSearch, ACreepingFigureIsCalledThat) {
    Line line({0, 20, 40, 60, 80});
    const auto steps = line.steps(50);
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_TRUE(steps[0].creeping);
    EXPECT_EQ(steps[0].move(), 80);
}

TEST(StepSearch, NeighboursNeedNoMeasurement) {
    Line line({100, 50});
    const auto steps = line.steps(1);
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].move(), -50);
    EXPECT_TRUE(line.measured.empty());
}

}  // namespace
}  // namespace stackshift
