// SPDX-License-Identifier: MIT
// What a difference of counts must exceed, where kernels draw as they like and where they draw the same.
#include "report/floor.h"

#include <gtest/gtest.h>

#include "report/paired.h"
#include "run/environment.h"
#include "support/made_results.h"
#include "util/error.h"

namespace stackshift {
namespace {

const std::string kCell = "self-exec/native/aslr/argv:0p/long";

/// Two kernels. A seed's draws cost both alike, and the second always five instructions more.
Result draws_that_cost_alike() {
    Result result = made_result(Instrument::exact);
    made_kernel(result, "a", 'a');
    made_kernel(result, "b", 'b');
    made_count(result, "a", kCell, {{1000}, {1400}, {1100}});
    made_count(result, "b", kCell, {{1005}, {1405}, {1105}});
    return result;
}

double floor_of(const Result& result) {
    const std::vector<Result> results = {result};
    const View view = make_view(results, {});
    return difference_floor(view, view.rows.front(), kConfigurations[0], kConfigurations[0]).value();
}

TEST(Floor, PairedDrawsLeaveTheCodesDifference) {
    Result result = draws_that_cost_alike();
    // The deviation of 1000, 1400 and 1100 is 208.2; student_975(4) is 2.776, the median's error of three
    // 0.6698: 2.776 * 208.17 * 0.6698 * sqrt(2).
    EXPECT_NEAR(floor_of(result), 547, 2);
    result.environment[kDraws] = kPairedDraws;
    EXPECT_NEAR(floor_of(result), 0, 1e-9);
}

TEST(Floor, PairedDrawsThatDoNotPairShow) {
    Result result = draws_that_cost_alike();
    result.environment[kDraws] = kPairedDraws;
    result.cells[1].metrics["instructions"] = made_metric("instructions", {{1006}, {1404}, {1105}}, true);
    // Differences 6, 4 and 5: their deviation is 1, and student_975(2) is 4.303.
    EXPECT_NEAR(floor_of(result), 4.303, 1e-3);
}

TEST(Floor, PairsAreExecsOfOneNumber) {
    const Metric base = made_metric("instructions", {{100, 900, 300}, {500, 200}}, true);
    // Differences 7, 6, 8 of the first seed, 9 and 7 of the second: the medians sort otherwise than the
    // pairs.
    const Metric other = made_metric("instructions", {{107, 906, 308}, {509, 207}}, true);
    const std::optional<PairedDifference> paired = paired_difference(base, other);
    ASSERT_TRUE(paired);
    EXPECT_EQ(paired->middle, 7);
    EXPECT_EQ(paired->of_seeds, (std::vector<double>{7, 8}));
    EXPECT_FALSE(paired_difference(base, made_metric("instructions", {{1, 2}, {3, 4, 5}}, true)));
}

TEST(Floor, PairedDrawsAreComparedWithTheirLikeOnly) {
    const Result usual = draws_that_cost_alike();
    Result paired = draws_that_cost_alike();
    paired.run.id = "run-2";
    paired.environment[kDraws] = kPairedDraws;
    const std::vector<Result> results = {usual, paired};
    try {
        make_view(results, {});
        ADD_FAILURE() << "not refused";
    } catch (const Error& error) {
        EXPECT_EQ(error.code, Exit::incomparable);
        EXPECT_NE(std::string(error.what()).find("environment.draws"), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace stackshift
