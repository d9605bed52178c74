// SPDX-License-Identifier: MIT
// perf events inside guests: deterministic, plausible, or unavailable with the guest's reason.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "guest/report.h"
#include "results/load.h"
#include "results/result.h"
#include "run_tool.h"
#include "util/files.h"

namespace stackshift {
namespace {

using Cells = std::map<std::string, CellResult>;  ///< by strategy and name

class LabEvents : public testing::Test {
  protected:
    static std::vector<std::string> arguments(const std::string& out, const std::string& events) {
        return {"lab",
                "--strategies",
                "relocate,direct",
                "--filter",
                "^self-exec/.*argv:(0|8|34)p/long",
                "--profile",
                "smoke",
                "--seeds",
                "2",
                "--out",
                (directory_->path / out).string(),
                "--events",
                events};
    }
    static void SetUpTestSuite() {
        directory_.emplace();
        const ToolRun run =
            run_tool(arguments("first", "page-faults,context-switches,cycles:k,tlb:tlb_flush,tlb:tlb_flsh"));
        ASSERT_EQ(run.code, 0) << run.err;
        table_ = run.out;
    }
    static void TearDownTestSuite() { directory_.reset(); }
    static Cells cells_of(const std::string& run) {
        Cells cells;
        // load_result() refuses what the schema would (tests/unit/schema_test.cpp).
        for (const CellResult& cell : load_result(directory_->path / run / "result.json").cells)
            cells[cell.strategy + ' ' + cell.cell.name()] = cell;
        return cells;
    }

    static inline std::optional<TemporaryDirectory> directory_;
    static inline std::string table_;
};

/// The second time with an emulator whose main loop is late, as on a busy host: see hold_events().
TEST_F(LabEvents, AreTheSameOnABusyHost) {
    const ToolRun again =
        run_tool(arguments("second", "page-faults,context-switches,cycles:k,tlb:tlb_flush,tlb:tlb_flsh"),
                 // The emulator inherits both; the tool's own sanitizer would rather come first.
                 {{"LD_PRELOAD", SLOW_MAIN_LOOP}, {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
    ASSERT_EQ(again.code, 0) << again.err;
    const Cells first = cells_of("first");
    const Cells second = cells_of("second");
    ASSERT_EQ(first.size(), second.size());
    size_t compared = 0;
    for (const auto& [name, cell] : first) {
        ASSERT_EQ(cell.status, CellStatus::ok) << name << ": " << cell.reason;
        EXPECT_EQ(cell.unavailable, second.at(name).unavailable) << name;
        for (const auto& [metric_name, metric] : cell.metrics) {
            EXPECT_EQ(metric.samples, second.at(name).metrics.at(metric_name).samples)
                << name << ' ' << metric_name;
            if (!metric_name.starts_with("perf.")) continue;
            ++compared;
            EXPECT_EQ(metric.samples.size(), 40U) << "20 execs of two seeds";
            EXPECT_EQ(metric.groups, (std::vector<std::uint64_t>{20, 20}));
        }
    }
    EXPECT_EQ(compared, first.size() * 3 * 2) << "three events in two windows of each cell";
}

/// Whether a late main loop hits the moment is luck; that there is hardly such a moment is not.
TEST_F(LabEvents, AGuestThatCountsThemDoesNotSleep) {
    // Of the guest's time, in ns. Where every last close of a tracepoint waits for RCU, it is 13 s.
    constexpr std::uint64_t kMostTicks = 1'500'000'000;
    for (const char* boot : {"relocate-seed1", "relocate-seed2", "direct-seed1", "direct-seed2"}) {
        const auto kept = nlohmann::json::parse(
            read_file(directory_->path / "first/boots" / (std::string(boot) + ".json")));
        GuestReport report;
        std::string problem;
        parse_report(kept["report"].get<std::string>(), report, problem);
        EXPECT_GT(report.end_ticks, 0U) << boot << problem;
        EXPECT_LT(report.end_ticks, kMostTicks) << boot;
    }
}

TEST_F(LabEvents, CountWhatTheKernelDoes) {
    for (const auto& [name, cell] : cells_of("first")) {
        const Metric& whole = cell.metrics.at("perf.tlb:tlb_flush");
        const Metric& late = cell.metrics.at("perf.from_mm_switch.tlb:tlb_flush");
        // Loading the new mm is one event, which lies before the second window. (A switch to a kernel thread
        // may add some in an exec.)
        EXPECT_EQ(whole.min, late.min + 1) << name;
        if (cell.strategy == "relocate" && (cell.cell.aslr == Aslr::on || cell.cell.abi == Abi::i386)) {
            EXPECT_GE(late.min, 2) << name << ": the moved PTEs' flush and the freed tables'";
            EXPECT_LE(late.mean, 2.3) << name;
        } else {
            EXPECT_EQ(late.min, 0) << name;
            EXPECT_LT(late.mean, 0.3) << name;
        }
        const Metric& faults = cell.metrics.at("perf.page-faults");
        EXPECT_GE(faults.min, 1) << name << ": the new program's first instruction";
        EXPECT_LT(faults.max, 8) << name << ": get_user_pages() raises no exception";
    }
}

TEST_F(LabEvents, WhatAGuestCannotCountIsUnavailableWithItsReason) {
    for (const auto& [name, cell] : cells_of("first")) {
        for (const std::string prefix : {"perf.", "perf.from_mm_switch."}) {
            EXPECT_EQ(cell.metrics.count(prefix + "cycles:k"), 0U) << name;
            EXPECT_NE(cell.unavailable.at(prefix + "cycles:k").find("no PMU"), std::string::npos) << name;
            EXPECT_EQ(cell.unavailable.at(prefix + "tlb:tlb_flsh"),
                      "this kernel has no tracepoint tlb:tlb_flsh");
        }
    }
    EXPECT_NE(table_.find("unavailable  cycles:k: no PMU"), std::string::npos) << table_;
    EXPECT_NE(table_.find("Events per exec"), std::string::npos) << table_;
}

TEST_F(LabEvents, AnotherListIsAnotherPlan) {
    const ToolRun other = run_tool(arguments("other", "page-faults"));
    ASSERT_EQ(other.code, 0) << other.err;
    const ToolRun refused =
        run_tool({"compare", (directory_->path / "first").string(), (directory_->path / "other").string()});
    EXPECT_EQ(refused.code, 3) << refused.err;
    EXPECT_NE(refused.err.find("plan_sha256"), std::string::npos) << refused.err;
    // Events come after all cells, so they change little of what is counted without them: the plan's length.
    const Cells first = cells_of("first");
    for (const auto& [name, cell] : cells_of("other")) {
        EXPECT_NEAR(cell.metrics.at("instructions").min, first.at(name).metrics.at("instructions").min,
                    0.005 * cell.metrics.at("instructions").min)
            << name;
    }
}

TEST(LabEventNames, AWrongOneEndsBeforeAnythingIsBuilt) {
    const TemporaryDirectory directory;
    const ToolRun run = run_tool({"lab", "--profile", "smoke", "--events", "page-faults,instrctions:k",
                                  "--out", (directory.path / "run").string()});
    EXPECT_EQ(run.code, 2);
    EXPECT_NE(run.err.find("unknown event 'instrctions:k'"), std::string::npos) << run.err;
    EXPECT_NE(run.err.find("nearest: INSTRUCTIONS"), std::string::npos) << run.err;
    EXPECT_FALSE(std::filesystem::exists(directory.path / "run"));
}

}  // namespace
}  // namespace stackshift
