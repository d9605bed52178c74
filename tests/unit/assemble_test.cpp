// SPDX-License-Identifier: MIT
#include "lab/assemble.h"

#include <gtest/gtest.h>

namespace stackshift {
namespace {

Plan one_cell() {
    return Plan{{{parse_cell("self-exec/i386/aslr/argv:8p/long").value(), 3}}};
}

GuestReport report_of(std::vector<std::uint64_t> ticks) {
    GuestReport report;
    GuestCell cell;
    cell.status = "ok";
    cell.ticks = std::move(ticks);
    cell.counters = {{"tlb.flush_all", 3}, {"tlb.flush_one", 24}, {"page_faults", 30}};
    report.cells.push_back(cell);
    return report;
}

TEST(Assemble, MedianOfTheSeedsMedians) {
    const GuestReport first = report_of({10, 30, 20});
    const GuestReport second = report_of({100, 300, 200});
    const auto cells = assemble_cells("relocate", one_cell(), {&first, &second}, {"", ""});
    ASSERT_EQ(cells.size(), 1U);
    EXPECT_EQ(cells[0].status, "ok");
    EXPECT_EQ(cells[0].abi, "i386");
    EXPECT_EQ(cells[0].pages, 8);
    const Metric& metric = cells[0].metrics.at("instructions");
    EXPECT_EQ(metric.samples, (std::vector<double>{10, 30, 20, 100, 300, 200}));
    EXPECT_EQ(metric.groups, (std::vector<std::uint64_t>{3, 3}));
    EXPECT_EQ(metric.group_medians, (std::vector<double>{20, 200}));
    EXPECT_EQ(metric.median, 110);
    // Counters are divided by the execs of the chain; one sample a seed.
    EXPECT_EQ(cells[0].metrics.at("tlb.flush_one").samples, (std::vector<double>{8, 8}));
    EXPECT_EQ(cells[0].unavailable.count("phase"), 1U);
}

TEST(Assemble, PhasesAndRemainderAddUp) {
    GuestReport report = report_of({100, 110, 120});
    auto& phases = report.cells[0].phases;
    phases["start"] = {5, 5, 5};
    phases["end"] = {1, 1, 1};
    phases["alloc"] = {10, 10, 10};
    phases["strings"] = {64, 74, 84};
    phases["place"] = {20, 20, 20};
    auto cells = assemble_cells("direct", one_cell(), {&report}, {""});
    ASSERT_EQ(cells[0].status, "ok") << cells[0].reason;
    EXPECT_EQ(cells[0].metrics.at("phase.remainder").samples, (std::vector<double>{6, 6, 6}));
    EXPECT_EQ(cells[0].metrics.at("staging_cost").samples, (std::vector<double>{84, 94, 104}));
    EXPECT_EQ(cells[0].metrics.count("phase.start"), 0U);
    phases["place"][1] = 21;
    cells = assemble_cells("direct", one_cell(), {&report}, {""});
    EXPECT_EQ(cells[0].status, "failed");
    EXPECT_EQ(cells[0].reason, "the phases do not add up to the sample");
}

TEST(Assemble, FailuresAreRows) {
    const GuestReport whole = report_of({10, 30, 20});
    auto cells =
        assemble_cells("direct", one_cell(), {&whole, nullptr}, {"", "Kernel panic; console log: x"});
    EXPECT_EQ(cells[0].status, "failed");
    EXPECT_EQ(cells[0].reason, "boot failed: Kernel panic; console log: x");
    EXPECT_FALSE(cells[0].expected);
    EXPECT_TRUE(cells[0].metrics.empty());
    const GuestReport shorter = report_of({10, 30});
    EXPECT_EQ(assemble_cells("direct", one_cell(), {&shorter}, {""})[0].reason, "2 samples instead of 3");
    GuestReport unavailable = report_of({});
    unavailable.cells[0].status = "unavailable";
    unavailable.cells[0].reason = "no i386";
    EXPECT_EQ(assemble_cells("direct", one_cell(), {&unavailable}, {""})[0].status, "unavailable");
}

}  // namespace
}  // namespace stackshift
