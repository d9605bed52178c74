// SPDX-License-Identifier: MIT
// Results with kernels of two bases, with figures worked out by hand.
#include <gtest/gtest.h>

#include "report/bases.h"
#include "report/compare.h"
#include "results/summary.h"
#include "support/planted_files.h"

namespace stackshift {
namespace {

void add(Result& result, const std::string& kernel, const std::string& version, const std::string& aslr,
         double median) {
    if (result.kernels.empty() || result.kernels.back().strategy != kernel)
        result.kernels.push_back({kernel, version, "bench", "", {}, "", ""});
    CellResult cell = unmeasured(parse_cell("self-exec/native/" + aslr + "/argv:0p/long").value(), kernel);
    Metric& metric = cell.metrics["instructions"];
    metric.unit = "instructions";
    metric.samples = {median, median};
    metric.groups = {1, 1};
    summarise(metric, true);
    result.cells.push_back(cell);
}

/// A move costs 10,000 of 59,000 on 6.12 and 9,000 of 60,000 on 7.3; direct saves 5,900 and 3,000.
Result two_bases() {
    Result result;
    result.run.id = "r";
    result.run.instrument = Instrument::exact;
    result.run.seeds = {1, 2};
    add(result, "relocate", "6.12.117", "aslr", 59000);
    add(result, "relocate", "6.12.117", "noaslr", 49000);
    add(result, "direct", "6.12.117", "aslr", 53100);
    add(result, "relocate@7.3", "7.3.4", "aslr", 60000);
    add(result, "relocate@7.3", "7.3.4", "noaslr", 51000);
    add(result, "direct@7.3", "7.3.4", "aslr", 57000);
    result.environment = {{"accel", "tcg"}, {"unported", {"userstack@7.3", "late@7.3"}}};
    return result;
}

TEST(BaseTables, EachBaseIsAnsweredForByItself) {
    const std::string text = compare_text({two_bases()}, {});
    EXPECT_TRUE(contains(text, "on Linux 6.12.117")) << text;
    EXPECT_TRUE(contains(text, "16.9 % of a minimal exec (10,000 of 59,000)")) << text;
    EXPECT_TRUE(contains(text, "on Linux 7.3.4")) << text;
    EXPECT_TRUE(contains(text, "15.0 % of a minimal exec (9,000 of 60,000)")) << text;
    EXPECT_TRUE(contains(text, "Not ported to 7.3: userstack, late.")) << text;
    EXPECT_FALSE(contains(text, "relocate@7.3")) << "within a base the strategy's name will do: " << text;
}

TEST(BaseTables, TheBasesStandBesideEachOther) {
    const std::vector<BasePart> parts = parts_by_base({two_bases()});
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0].base + " " + parts[1].base, "6.12 7.3");
    std::vector<View> views;
    for (const BasePart& part : parts) views.push_back(make_view(part.results, {}));
    const std::vector<Table> tables = base_tables(parts, views);
    ASSERT_EQ(tables.size(), 1U) << "there are no i386 cells";
    ASSERT_EQ(tables[0].rows.size(), 2U);
    std::vector<std::string> entries;
    for (const auto& row : tables[0].rows)
        for (const Entry& entry : row) entries.push_back(entry.text);
    // 5,900 of 59,000 and 3,000 of 60,000.
    EXPECT_EQ(entries, (std::vector<std::string>{"relocate", "59000", "60000", "direct", "-10.0%", "-5.0%"}));
}

TEST(BaseTables, ABaselineIsOfItsBase) {
    const BasePart part{"7.3", {}};
    EXPECT_EQ(baseline_within(part, "direct"), "direct");
    EXPECT_EQ(baseline_within(part, "direct@7.3"), "direct");
    EXPECT_EQ(baseline_within(part, "direct@6.12"), "");
    EXPECT_EQ(baseline_within(part, "direct@r1"), "direct@r1") << "the end of a run's id is no base";
}

TEST(BaseTables, OneBaseAloneIsShownAsEver) {
    Result result = two_bases();
    result.kernels.erase(result.kernels.begin(), result.kernels.begin() + 2);
    result.cells.erase(result.cells.begin(), result.cells.begin() + 3);
    const std::string text = compare_text({result}, {});
    EXPECT_FALSE(contains(text, "beside each other")) << text;
    EXPECT_TRUE(contains(text, "direct -5.0 %")) << text;
}

}  // namespace
}  // namespace stackshift
