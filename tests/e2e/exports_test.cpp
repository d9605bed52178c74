// SPDX-License-Identifier: MIT
// Exports as their consumers read them. A consumer that is not installed skips its test, with why.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "export/formats.h"
#include "run_tool.h"
#include "support/json_schema.h"
#include "util/files.h"

namespace stackshift {
namespace {

const std::string kResult = STACKSHIFT_TEST_DATA "/exports/result.json";

std::string exported(const std::string& format, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"export", "--format", format, kResult};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ToolRun run = run_tool(arguments);
    EXPECT_EQ(run.code, 0) << run.err;
    return run.out;
}

TEST(Exports, DocumentsAreAsTheirConsumersAskFor) {
    SKIP_WITHOUT_JSON_SCHEMA();
    const std::vector<std::string> place = {"--repository", "https://example.org/x", "--branch",  "main",
                                            "--commit",     std::string(40, '0'),    "--metrics", "all"};
    for (const char* format : {"github-action-benchmark", "bencher", "kcidb", "perfherder", "nyrkio"}) {
        std::string text = exported(format, place);
        const std::string lead = "PERFHERDER_DATA: ";
        if (text.starts_with(lead)) text = text.substr(lead.size());
        const std::filesystem::path schema =
            STACKSHIFT_TEST_DATA "/exports/" + std::string(format) + ".schema.json";
        const auto document = nlohmann::ordered_json::parse(text);
        // A schema that accepts everything would prove nothing.
        EXPECT_EQ(schema_file_verdicts(schema, {document})[0], "valid") << format;
        EXPECT_NE(schema_file_verdicts(schema, {nlohmann::ordered_json::array({1})})[0], "valid") << format;
    }
}

TEST(Exports, PromtoolReadsOpenMetrics) {
    if (find_program("promtool").empty())
        GTEST_SKIP() << "skipped: promtool is not installed (Debian's prometheus)";
    const TemporaryDirectory directory;
    const std::string file = (directory.path / "metrics.txt").string();
    write_file_atomically(file, exported("openmetrics", {"--metrics", "all"}));
    const ToolRun check = run_program({"sh", "-c", "promtool check metrics < " + file});
    EXPECT_EQ(check.code, 0) << check.err;
    const ToolRun blocks = run_program(
        {"promtool", "tsdb", "create-blocks-from", "openmetrics", file, (directory.path / "tsdb").string()});
    EXPECT_EQ(blocks.code, 0) << blocks.err;
}

TEST(Exports, GoogleBenchmarksCompareReadsItsFormat) {
    const std::string tool = "/usr/share/benchmark/compare.py";
    if (!std::filesystem::exists(tool)) GTEST_SKIP() << "skipped: libbenchmark-tools is not installed";
    if (run_program({"/usr/bin/python3", "-c", "import scipy, numpy"}).code != 0)
        GTEST_SKIP() << "skipped: compare.py needs python3-scipy, which is not installed";
    const TemporaryDirectory directory;
    const std::string file = (directory.path / "benchmark.json").string();
    write_file_atomically(file, exported("google-benchmark"));
    const ToolRun run =
        run_program({"/usr/bin/python3", tool, "--no-color", "filters", file, "^pristine/", "^direct/"});
    EXPECT_EQ(run.code, 0) << run.err;
    // The seeds' medians, as the result has them: 58802 and 52374, which is 10.93 % less.
    EXPECT_NE(run.out.find("-0.1093"), std::string::npos) << run.out;
    EXPECT_NE(run.out.find("OVERALL_GEOMEAN"), std::string::npos) << run.out;
}

TEST(Exports, BenchstatReadsItsFormat) {
    if (find_program("benchstat").empty())
        GTEST_SKIP()
            << "skipped: benchstat is not installed (no Debian package; golang.org/x/perf/cmd/benchstat)";
    const TemporaryDirectory directory;
    const std::string file = (directory.path / "bench.txt").string();
    write_file_atomically(file, exported("benchstat"));
    const ToolRun run = run_program({"benchstat", "-col", "strategy", file});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_NE(run.out.find("instructions/op"), std::string::npos) << run.out;
    EXPECT_EQ(run.err, "");
}

TEST(Exports, EveryFormatSaysWhatItLeavesOut) {
    for (const std::string& format : spellings<ExportFormat>()) {
        const ToolRun run = run_tool(
            {"export", "--format", format, kResult, "--repository", "x", "--branch", "y", "--commit", "z"});
        EXPECT_EQ(run.code, 0) << format << run.err;
        const bool told =
            run.err.find("E2BIG") != std::string::npos || run.out.find("E2BIG") != std::string::npos;
        EXPECT_TRUE(told) << format << ": the cell that failed is not told of";
    }
}

TEST(Exports, FilesAndWrongUsage) {
    const TemporaryDirectory directory;
    const std::string file = (directory.path / "out.csv").string();
    const ToolRun written =
        run_tool({"export", "--format", "csv", kResult, "--out", file, "--filter", "noaslr"});
    EXPECT_EQ(written.code, 0) << written.err;
    EXPECT_EQ(written.out, "");
    EXPECT_TRUE(read_file(file).starts_with("strategy,cell,"));
    const ToolRun unknown = run_tool({"export", "--format", "bench", kResult});
    EXPECT_EQ(unknown.code, 2);
    EXPECT_NE(unknown.err.find("unknown format 'bench' (did you mean 'bencher'?"), std::string::npos)
        << unknown.err;
    EXPECT_EQ(run_tool({"export", kResult}).code, 2);
    EXPECT_EQ(run_tool({"export", "--format", "csv", "/no/such.json"}).code, 2);
}

TEST(Justify, TellsOfPatchesThatAreStillThose) {
    const ToolRun run = run_tool({"justify", "--strategies", "pristine,direct", kResult});
    EXPECT_EQ(run.code, 0) << run.err;
    for (const char* part : {"direct against pristine, instructions of a minimal exec", "\nNot measured\n",
                             "- phases of pristine: this kernel has no /proc/self/exec_phases\n",
                             "./run.sh lab --strategies pristine,direct --profile quick --seeds 3\n"}) {
        EXPECT_NE(run.out.find(part), std::string::npos) << part << '\n' << run.out;
    }
    // The patches go on; then their size is not that of what was measured.
    EXPECT_NE(run.out.find("\nSize of the change\ndirect: "), std::string::npos) << run.out;
    const ToolRun clock = run_tool({"justify", kResult});
    EXPECT_EQ(clock.code, 2);
    EXPECT_NE(clock.err.find("--strategies A,B"), std::string::npos) << clock.err;
}

TEST(Justify, ThreadJudgesByTheNamedResults) {
    const ToolRun run = run_tool({"thread", kResult});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_NE(run.out.find(" claims of the thread of 2009: "), std::string::npos) << run.out;
    // A conformance result is not to be had for one of lab.
    const ToolRun mistaken = run_tool({"thread", "--check", kResult});
    EXPECT_EQ(mistaken.code, 2);
    EXPECT_NE(mistaken.err.find("this is no result of check"), std::string::npos) << mistaken.err;
    const TemporaryDirectory empty;
    const ToolRun none = run_tool({"thread", "--work-dir", empty.path.string()});
    EXPECT_EQ(none.code, 2);
    EXPECT_NE(none.err.find("no result to judge by"), std::string::npos) << none.err;
}

}  // namespace
}  // namespace stackshift
