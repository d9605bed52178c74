// SPDX-License-Identifier: MIT
// The clock instrument on the machine that runs the tests.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
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
    // Google Benchmark's file: of each cell, by its own name, an entry per round whose iterations are execs
    // and whose time is an exec's, and the aggregates of these; of a cell that this machine lacks, the
    // reason.
    const auto benchmarks = nlohmann::json::parse(read_file(json)).at("benchmarks");
    const size_t rounds = result.environment.at("rounds");
    for (const CellResult& cell : result.cells) {
        std::vector<double> means;
        std::map<std::string, double> aggregates;
        size_t refused = 0;
        for (const auto& entry : benchmarks) {
            if (entry.at("run_name") != cell.cell.name()) continue;
            if (cell.status == CellStatus::unavailable) {
                ++refused;
                EXPECT_TRUE(entry.at("error_occurred"));
                EXPECT_EQ(entry.at("error_message"), cell.reason);
                continue;
            }
            EXPECT_EQ(entry.at("time_unit"), "us");
            EXPECT_EQ(entry.at("repetitions"), rounds);
            const double ns = entry.at("real_time").get<double>() * 1e3;
            if (entry.at("run_type") == "aggregate") {
                aggregates[entry.at("aggregate_name")] = ns;
                continue;
            }
            EXPECT_EQ(entry.at("name"), cell.cell.name());
            EXPECT_EQ(entry.at("repetition_index"), means.size());
            EXPECT_EQ(entry.at("iterations"), cell.metrics.at("time").groups.at(means.size()));
            means.push_back(ns);
        }
        if (cell.status == CellStatus::unavailable) {
            EXPECT_EQ(refused, 1U) << cell.cell.name();
            continue;
        }
        ASSERT_EQ(means.size(), rounds) << cell.cell.name();
        size_t at = 0;
        double sum = 0;
        for (size_t round = 0; round < rounds; ++round) {
            const Metric& time = cell.metrics.at("time");
            const size_t execs = time.groups.at(round);
            double of_round = 0;
            for (size_t i = 0; i < execs; ++i) of_round += time.samples.at(at++);
            EXPECT_NEAR(means[round], of_round / static_cast<double>(execs), 1e-6 * means[round]);
            sum += means[round];
        }
        EXPECT_NEAR(aggregates.at("mean"), sum / static_cast<double>(rounds), 1e-6 * sum);
    }
}

TEST(Host, BenchmarkDocumentsHaveStdoutForThemselves) {
    const TemporaryDirectory directory;
    const std::string name = "self-exec/native/aslr/argv:0p/long";
    const auto run = [&](const std::string& format) {
        return run_tool({"host", "--profile", "smoke", "--events", "none",
                         "--benchmark_filter=^" + name + "$", "--benchmark_repetitions=3",
                         "--benchmark_format=" + format, "--out", (directory.path / format).string()});
    };
    const ToolRun json = run("json");
    ASSERT_EQ(json.code, 0) << json.err;
    const auto document = nlohmann::json::parse(json.out);
    ASSERT_EQ(document.at("benchmarks").size(), 7U) << "3 repetitions, mean, median, stddev, cv";
    EXPECT_EQ(document.at("benchmarks")[0].at("name"), name);
    EXPECT_NE(json.err.find("result: "), std::string::npos) << "the answer is for a reader";
    const ToolRun csv = run("csv");
    ASSERT_EQ(csv.code, 0) << csv.err;
    EXPECT_EQ(csv.out.find("name,iterations,real_time"), 0U) << csv.out;
    EXPECT_EQ(std::count(csv.out.begin(), csv.out.end(), '\n'), 8) << csv.out;
    EXPECT_NE(csv.out.find("\"" + name + "\",200,"), std::string::npos) << csv.out;
    EXPECT_EQ(
        run_tool({"host", "--profile", "smoke", "--benchmark_list_tests", "--benchmark_filter=-noaslr|i386"})
            .out.find("self-exec/native/aslr/argv:0p/long\n"),
        0U);
}

TEST(Host, WhereNothingCanBeMeasuredItSaysSo) {
    const TemporaryDirectory directory;
    const ToolRun run = run_program({"prlimit", "--stack=8388608:8388608", STACKSHIFT, "host", "--profile",
                                     "smoke", "--out", (directory.path / "run").string()});
    EXPECT_EQ(run.code, 4);
    EXPECT_NE(run.err.find("cells can be measured here: RLIMIT_STACK cannot be set to 32 MiB: EPERM"),
              std::string::npos)
        << run.err;
    EXPECT_FALSE(std::filesystem::exists(directory.path / "run/result.json"));
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
    const ToolRun modifier = run_tool({"host", "--profile", "smoke", "--events", "cycles:pp"});
    EXPECT_EQ(modifier.code, 2);
    EXPECT_NE(modifier.err.find("event 'cycles:pp': 'pp' is none of its modifiers"), std::string::npos)
        << modifier.err;
    for (const char* sampling : {"page-faults:period=100", "cycles:k:freq=99", "cycles:precise=2"}) {
        const ToolRun refused = run_tool({"host", "--profile", "smoke", "--events", sampling});
        EXPECT_EQ(refused.code, 2) << sampling;
        EXPECT_NE(refused.err.find("would sample"), std::string::npos) << refused.err;
    }
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
