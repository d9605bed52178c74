// SPDX-License-Identifier: MIT
// The clock instrument on the machine that runs the tests.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "results/load.h"
#include "results/result.h"
#include "run_tool.h"
#include "support/json_schema.h"
#include "util/files.h"

namespace stackshift {
namespace {

TEST(Host, SmokeGivesATimeOrAReasonForEachCell) {
    const TemporaryDirectory directory;
    const std::string json = (directory.path / "benchmark.json").string();
    const ToolRun run =
        run_tool({"host", "--profile", "smoke", "--time", "3", "--out", (directory.path / "run").string(),
                  "--benchmark_out=" + json, "--benchmark_out_format=json"});
    ASSERT_EQ(run.code, 0) << run.err;
    const Result result = load_result(directory.path / "run/result.json");
    EXPECT_EQ(result.run.instrument, Instrument::clock);
    EXPECT_EQ(result.environment.at("accel"), "host");
    EXPECT_EQ(file_verdict(kResultSchema, directory.path / "run/result.json"), "valid");
    ASSERT_FALSE(result.cells.empty());
    size_t measured = 0;
    for (const CellResult& cell : result.cells) {
        if (cell.status == CellStatus::unavailable) {
            EXPECT_FALSE(cell.reason.empty());
            continue;
        }
        ASSERT_EQ(cell.status, CellStatus::ok) << cell.cell.name() << ": " << cell.reason;
        ++measured;
        const Metric& time = cell.metrics.at("time");
        EXPECT_EQ(time.unit, "ns");
        EXPECT_GE(time.groups.size(), 5U) << "rounds";
        // An exec takes more than a microsecond and less than a second, or the TSC was misread.
        EXPECT_GT(time.median, 1e3);
        EXPECT_LT(time.median, 1e9);
    }
    EXPECT_GT(measured, 0U);
    // Google Benchmark's own file: each cell once a round in shuffled order, no aggregate and no bare NaN.
    const auto benchmarks = nlohmann::json::parse(read_file(json)).at("benchmarks");
    EXPECT_EQ(benchmarks.size(), result.cells.size() * result.environment.at("rounds").get<size_t>());
    std::vector<std::string> first_round;
    std::vector<std::string> plan;
    for (size_t i = 0; i < result.cells.size(); ++i) {
        first_round.push_back(benchmarks.at(i).at("label"));
        plan.push_back(result.cells[i].cell.name());
    }
    EXPECT_NE(first_round, plan);
    std::sort(first_round.begin(), first_round.end());
    std::sort(plan.begin(), plan.end());
    EXPECT_EQ(first_round, plan);
}

TEST(Host, EventsAreCountedOrUnavailableWithTheReason) {
    const TemporaryDirectory directory;
    const ToolRun run =
        run_tool({"host", "--profile", "smoke", "--filter", "argv:[08]p", "--time", "1", "--events",
                  "cycles:k,dTLB-LOAD-MISSES,page-faults", "--out", directory.path.string()});
    ASSERT_EQ(run.code, 0) << run.err;
    for (const CellResult& cell : load_result(directory.path / "result.json").cells) {
        if (cell.status != CellStatus::ok) continue;
        for (const char* event : {"perf.cycles:k", "perf.dTLB-LOAD-MISSES", "perf.page-faults"}) {
            const auto metric = cell.metrics.find(event);
            const auto reason = cell.unavailable.find(event);
            ASSERT_NE(metric != cell.metrics.end(), reason != cell.unavailable.end())
                << event << " must be either counted or unavailable in " << cell.cell.name();
            if (reason == cell.unavailable.end()) continue;
            EXPECT_FALSE(reason->second.empty());
            EXPECT_NE(run.out.find("unavailable"), std::string::npos);
        }
    }
    EXPECT_NE(run.out.find("page-faults"), std::string::npos);
    const ToolRun wrong = run_tool({"host", "--profile", "smoke", "--events", "instrctions:k"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_NE(wrong.err.find("nearest: INSTRUCTIONS"), std::string::npos) << wrong.err;
}

TEST(Host, AnInterruptLeavesNoResultAndNoChild) {
    const TemporaryDirectory directory;
    const ToolRun run = run_program({"timeout", "--preserve-status", "-s", "INT", "2", STACKSHIFT, "host",
                                     "--profile", "quick", "--out", (directory.path / "run").string()});
    EXPECT_EQ(run.code, 130) << run.err;
    EXPECT_FALSE(std::filesystem::exists(directory.path / "run/result.json"));
    EXPECT_NE(run_program({"pgrep", "-f", "chain(64|32)$"}).code, 0);
}

}  // namespace
}  // namespace stackshift
