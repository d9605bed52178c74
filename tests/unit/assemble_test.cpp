// SPDX-License-Identifier: MIT
#include "lab/assemble.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace stackshift {
namespace {

Plan one_cell() {
    return Plan{{{parse_cell("self-exec/i386/aslr/argv:8p/long").value(), 3}}};
}

GuestReport report_of(std::vector<std::uint64_t> ticks) {
    GuestReport report;
    GuestCell cell;
    cell.status = CellStatus::ok;
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
    EXPECT_EQ(cells[0].status, CellStatus::ok);
    EXPECT_EQ(cells[0].cell, one_cell().cells[0].cell);
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
    report.cells[0].before_phases = {5, 5, 5};
    report.cells[0].after_phases = {1, 1, 1};
    phases[Phase::alloc] = {6, 6, 6};
    phases[Phase::mm_switch] = {4, 4, 4};
    phases[Phase::strings] = {64, 74, 84};
    phases[Phase::place] = {20, 20, 20};
    auto cells = assemble_cells("direct", one_cell(), {&report}, {""});
    ASSERT_EQ(cells[0].status, CellStatus::ok) << cells[0].reason;
    EXPECT_EQ(cells[0].metrics.at("phase.remainder").samples, (std::vector<double>{6, 6, 6}));
    EXPECT_EQ(cells[0].metrics.at("staging_cost").samples, (std::vector<double>{88, 98, 108}));
    EXPECT_EQ(cells[0].metrics.count("phase.start"), 0U);
    phases[Phase::place][1] = 21;
    cells = assemble_cells("direct", one_cell(), {&report}, {""});
    EXPECT_EQ(cells[0].status, CellStatus::failed);
    EXPECT_EQ(cells[0].reason, "the phases do not add up to the sample");
}

TEST(Assemble, PartsOfAnOperationAddUpAndSoDoPhases) {
    const Plan plan{{{parse_cell("vfork-exec/native/aslr/argv:0p/long").value(), 2}}};
    GuestReport report = report_of({100, 110});
    GuestCell& cell = report.cells[0];
    cell.parts = {
        {Part::start, {20, 20}}, {Part::exec, {50, 60}}, {Part::end, {30, 30}}, {Part::resumed, {65, 66}}};
    // Phases are of other operations than those timed.
    cell.windows = {51, 61};
    cell.before_phases = {5, 5};
    cell.after_phases = {1, 1};
    cell.phases[Phase::strings] = {45, 55};
    auto cells = assemble_cells("relocate", plan, {&report}, {""});
    ASSERT_EQ(cells[0].status, CellStatus::ok) << cells[0].reason;
    EXPECT_EQ(cells[0].metrics.at("instructions").samples, (std::vector<double>{100, 110}));
    EXPECT_EQ(cells[0].metrics.at("child.exec").samples, (std::vector<double>{50, 60}));
    EXPECT_EQ(cells[0].metrics.at("parent.resumed").samples, (std::vector<double>{65, 66}));
    EXPECT_EQ(cells[0].metrics.at("child.exec").unit, "instructions");
    EXPECT_EQ(cells[0].metrics.at("phase.remainder").samples, (std::vector<double>{6, 6}));
    EXPECT_TRUE(cells[0].unavailable.empty());
    cell.parts[Part::end][1] = 31;
    cells = assemble_cells("relocate", plan, {&report}, {""});
    EXPECT_EQ(cells[0].status, CellStatus::failed);
    EXPECT_EQ(cells[0].reason, "the parts do not add up to the operation");
}

TEST(Assemble, WhatAShellCannotTellIsUnavailable) {
    const Plan plan{{{parse_cell("shell/native/aslr/argv:0p/long").value(), 1}}};
    GuestReport report = report_of({100});
    report.cells[0].parts = {{Part::resumed, {40}}};
    const auto cells = assemble_cells("relocate", plan, {&report}, {""});
    ASSERT_EQ(cells[0].status, CellStatus::ok) << cells[0].reason;
    for (const char* metric : {"child.start", "child.exec", "child.end", "phase"}) {
        EXPECT_EQ(cells[0].metrics.count(metric), 0U) << metric;
        EXPECT_EQ(cells[0].unavailable.count(metric), 1U) << metric;
    }
}

std::string group_read(const std::vector<std::uint64_t>& words) {
    return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(std::uint64_t)};
}

TEST(Assemble, EventsOfAllSeedsInBothWindows) {
    const auto with_events = [](std::uint64_t faults) {
        GuestReport report = report_of({10, 30, 20});
        report.events_unavailable["cycles:k"] = "no PMU";
        report.event_groups = {{"page-faults", "tlb:tlb_flush"}};
        GuestEventChain chain;
        chain.status = CellStatus::ok;
        chain.empty = group_read({2, 1, 1, 0, 1});
        chain.reads = {group_read({2, 9, 9, faults, 4}), group_read({2, 9, 9, faults, 3})};
        report.event_chains.push_back(chain);
        chain.window = 1;
        report.event_chains.push_back(chain);
        chain.cell = 1;
        report.event_chains.push_back(chain);
        return report;
    };
    const GuestReport first = with_events(5);
    const GuestReport second = with_events(6);
    auto cells = assemble_cells("relocate", one_cell(), {&first, &second}, {"", ""});
    ASSERT_EQ(cells[0].status, CellStatus::ok) << cells[0].reason;
    const Metric& faults = cells[0].metrics.at("perf.page-faults");
    EXPECT_EQ(faults.samples, (std::vector<double>{5, 5, 6, 6}));
    EXPECT_EQ(faults.groups, (std::vector<std::uint64_t>{2, 2}));
    EXPECT_EQ(faults.unit, "1");
    EXPECT_EQ(faults.median, 5.5);
    // What an empty window counts is taken off where the window begins and ends in our own code.
    EXPECT_EQ(cells[0].metrics.at("perf.tlb:tlb_flush").samples, (std::vector<double>{3, 2, 3, 2}));
    EXPECT_EQ(cells[0].metrics.at("perf.from_mm_switch.tlb:tlb_flush").samples,
              (std::vector<double>{4, 3, 4, 3}));
    EXPECT_EQ(cells[0].unavailable.at("perf.cycles:k"), "no PMU");
    EXPECT_EQ(cells[0].unavailable.at("perf.from_mm_switch.cycles:k"), "no PMU");
    EXPECT_EQ(cells[0].metrics.at("instructions").unit, "instructions");

    GuestReport failed = with_events(5);
    failed.event_chains[0].status = CellStatus::failed;
    failed.event_chains[0].reason = "perf_event_open of event 0: EMFILE";
    cells = assemble_cells("relocate", one_cell(), {&first, &failed}, {"", ""});
    EXPECT_EQ(cells[0].status, CellStatus::ok) << "the cell itself was counted";
    EXPECT_EQ(cells[0].metrics.count("perf.page-faults"), 0U) << "one seed is no mean of two";
    EXPECT_EQ(cells[0].unavailable.at("perf.page-faults"), "perf_event_open of event 0: EMFILE");
    EXPECT_EQ(cells[0].metrics.count("perf.from_mm_switch.page-faults"), 1U);
}

TEST(Assemble, FailuresAreRows) {
    const GuestReport whole = report_of({10, 30, 20});
    auto cells =
        assemble_cells("direct", one_cell(), {&whole, nullptr}, {"", "Kernel panic; console log: x"});
    EXPECT_EQ(cells[0].status, CellStatus::failed);
    EXPECT_EQ(cells[0].reason, "boot failed: Kernel panic; console log: x");
    EXPECT_FALSE(cells[0].expected);
    EXPECT_TRUE(cells[0].metrics.empty());
    const GuestReport shorter = report_of({10, 30});
    EXPECT_EQ(assemble_cells("direct", one_cell(), {&shorter}, {""})[0].reason, "2 samples instead of 3");
    GuestReport unavailable = report_of({});
    unavailable.cells[0].status = CellStatus::unavailable;
    unavailable.cells[0].reason = "no i386";
    EXPECT_EQ(assemble_cells("direct", one_cell(), {&unavailable}, {""})[0].status, CellStatus::unavailable);
}

}  // namespace
}  // namespace stackshift
