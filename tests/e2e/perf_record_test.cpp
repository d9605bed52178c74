// SPDX-License-Identifier: MIT
// host --perf-record on the machine that runs the tests, and what it says where perf cannot be had.
#include <gtest/gtest.h>

#include <sstream>

#include "run_tool.h"
#include "util/files.h"

namespace stackshift {
namespace {

/// Shares in percent by phase of the first cell in shares.txt that `cell` names.
std::map<std::string, double> shares_of(const std::string& text, const std::string& cell) {
    std::map<std::string, double> shares;
    std::istringstream lines(text.substr(std::min(text.find("\n" + cell + ":"), text.size() - 1)));
    bool in_table = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("phase ")) {
            in_table = true;
        } else if (in_table && line.empty()) {
            break;
        } else if (in_table && !line.starts_with(' ')) {
            std::istringstream words(line);
            std::string phase;
            words >> phase;
            words >> shares[phase];
        }
    }
    return shares;
}

TEST(PerfRecordTool, SharesOfAnExecByPhase) {
    const TemporaryDirectory directory;
    const ToolRun run = run_tool({"host", "--profile", "smoke", "--filter", "native/.*:0p", "--time", "3",
                                  "--perf-record", (directory.path / "perf").string()});
    if (run.code == 4) GTEST_SKIP() << "skipped: " << run.err;
    ASSERT_EQ(run.code, 0) << run.err;
    const std::string text = read_file(directory.path / "perf/shares.txt");
    EXPECT_EQ(run.out.find(text), 0U) << "the file holds what was printed";
    const auto aslr = shares_of(text, "self-exec/native/aslr/argv:0p/long");
    const auto noaslr = shares_of(text, "self-exec/native/noaslr/argv:0p/long");
    for (const auto* shares : {&aslr, &noaslr}) {
        double sum = 0;
        for (const auto& [phase, share] : *shares) sum += share;
        EXPECT_NEAR(sum, 100, 0.6) << text;
        for (const char* phase : {"strings", "mm_switch", "place", "elf_map"})
            EXPECT_GT(shares->at(phase), 0) << phase;
    }
    // Without ASLR a native stack stays where it is; the move is several percent of an exec.
    EXPECT_GT(aslr.at("place"), noaslr.at("place") + 1) << text;
    EXPECT_TRUE(std::filesystem::exists(directory.path / "perf/native-aslr-argv-0p-long.perf.data"));
    EXPECT_FALSE(std::filesystem::exists(directory.path / "perf/native-aslr-argv-0p-long.perf.data.log"));
}

TEST(PerfRecordTool, SaysWhatItNeeds) {
    const TemporaryDirectory directory;
    const std::string out = (directory.path / "perf").string();
    const ToolRun without = run_tool({"host", "--perf-record", out}, {{"PATH", "/nonexistent"}});
    EXPECT_EQ(without.code, 4);
    EXPECT_NE(without.err.find("apt-get install linux-perf"), std::string::npos) << without.err;
    EXPECT_FALSE(std::filesystem::exists(out));
    const ToolRun timed = run_tool({"host", "--perf-record", out, "--benchmark_out=x.json"});
    EXPECT_EQ(timed.code, 2);
    EXPECT_NE(timed.err.find("--benchmark_out"), std::string::npos) << timed.err;
}

TEST(ChainTool, RunsOneCellAndNothingElse) {
    const ToolRun run = run_tool({"chain", "self-exec/native/aslr/argv:8p/long", "--execs", "7"});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(run.out, "self-exec/native/aslr/argv:8p/long: 7 execs\n");
    const ToolRun wrong = run_tool({"chain", "self-exec/native/aslr/argv:9p/long"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_NE(wrong.err.find("argv:9p"), std::string::npos) << wrong.err;
    EXPECT_EQ(run_tool({"chain"}).code, 2);
}

}  // namespace
}  // namespace stackshift
