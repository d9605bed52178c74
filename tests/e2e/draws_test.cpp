// SPDX-License-Identifier: MIT
// Kernels whose execs draw the same addresses: that they do, and that this leaves of a difference the code's.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "guest_init.h"
#include "report/paired.h"
#include "results/load.h"
#include "run_tool.h"
#include "util/files.h"

namespace stackshift {
namespace {

Result lab(const std::string& pages, const std::vector<std::string>& more, const std::filesystem::path& out) {
    std::vector<std::string> args = {"lab",
                                     "--strategies",
                                     "pristine,relocate,direct,array",
                                     "--profile",
                                     "smoke",
                                     "--filter",
                                     "self-exec/native/aslr/argv:" + pages + "p/long",
                                     "--out",
                                     out.string()};
    args.insert(args.end(), more.begin(), more.end());
    const ToolRun run = run_tool(args);
    EXPECT_EQ(run.code, 0) << run.err;
    return load_result(out / "result.json");
}

/// How far the seeds are apart in what they find between a contender and pristine, exec by exec.
double spread(const Result& result, const std::string& contender, const std::string& name) {
    std::map<std::string, Metric> found;
    for (const CellResult& cell : result.cells)
        if (cell.cell.name() == name) found[cell.strategy] = cell.metrics.at("instructions");
    const std::optional<PairedDifference> paired = paired_difference(found["pristine"], found[contender]);
    if (!paired || paired->of_seeds.empty()) {
        ADD_FAILURE() << "no pairs of " << name;
        return 0;
    }
    const auto [least, most] = std::minmax_element(paired->of_seeds.begin(), paired->of_seeds.end());
    return *most - *least;
}

TEST(LabDraws, PairedOnesLeaveLessToChance) {
    const TemporaryDirectory directory;
    const Result usual = lab("[018]", {"--seeds", "4"}, directory.path / "usual");
    const Result paired = lab("(0|1|8|33)", {"--seeds", "4", "--paired-draws"}, directory.path / "paired");
    EXPECT_EQ(paired.environment.at("draws"), "paired");
    // One that draws early, too.
    for (const std::string contender : {"relocate", "direct", "array"}) {
        double of_usual = 0;
        double of_paired = 0;
        for (const std::string pages : {"0p", "1p", "8p"}) {
            const std::string cell = "self-exec/native/aslr/argv:" + pages + "/long";
            of_usual += spread(usual, contender, cell);
            of_paired += spread(paired, contender, cell);
        }
        // Some instructions for hundreds: what is left are the timer's ticks and the kernel's batches.
        EXPECT_LT(of_paired, of_usual / 3) << contender;
        // Some 70. Where draws are told apart by their order, those of direct are some 600 apart. This does
        // not see where the stack's top alone is drawn at random.
        EXPECT_LT(of_paired, 200) << contender;
    }
    // Where array's chain ends early, its later execs would draw other addresses.
    EXPECT_EQ(paired.environment.at("left_out"),
              nlohmann::json::array({"self-exec/native/aslr/argv:33p/long"}));
    EXPECT_FALSE(usual.environment.contains("left_out"));
    const ToolRun both =
        run_tool({"compare", (directory.path / "usual").string(), (directory.path / "paired").string()});
    EXPECT_EQ(both.code, 3);
    EXPECT_NE(both.err.find("environment.draws"), std::string::npos) << both.err;
}

/// What tests/guest/draws.cpp shows of a kernel whose draws are told by a number.
std::string addresses(const std::string& kernel, const std::string& number) {
    return boot_init(kernel + "+bench-draws", "draws",
                     {{"bin/sh", BUILD_DIR "/guest/dash"},
                      {"lib64/ld-linux-x86-64.so.2", BUILD_DIR "/guest/loader64"},
                      {"lib/x86_64-linux-gnu/libc.so.6", BUILD_DIR "/guest/libc64"},
                      {"probe32", BUILD_DIR "/guest/probe32"}},
                     " exec_draws=" + number);
}

/// The first line in which two texts differ; empty where they are the same.
std::string first_difference(const std::string& a, const std::string& b) {
    std::istringstream lines_of_a(a);
    std::istringstream lines_of_b(b);
    std::string line_of_a;
    std::string line_of_b;
    while (std::getline(lines_of_a, line_of_a)) {
        if (!std::getline(lines_of_b, line_of_b)) line_of_b = "(end)";
        if (line_of_a != line_of_b) return line_of_a + ", " + line_of_b;
    }
    return std::getline(lines_of_b, line_of_b) ? "(end), " + line_of_b : "";
}

/// How many different values lines that begin so have.
std::size_t distinct(const std::string& text, const std::string& begin, const std::string& end) {
    std::set<std::string> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(begin) && line.ends_with(end)) found.insert(line);
    return found.size();
}

TEST(LabDraws, PairedOnesPutProgramsAtTheSameAddresses) {
    // Builds what is not there yet.
    const TemporaryDirectory directory;
    lab("0", {"--seeds", "1", "--paired-draws"}, directory.path / "built");
    const std::string pristine = addresses("pristine", "7");
    // Twenty execs, each elsewhere: shell, heap and libraries, stacks of both ABIs.
    EXPECT_EQ(distinct(pristine, "area ", " [stack]"), 20U);
    EXPECT_EQ(distinct(pristine, "area ", " [vdso]"), 20U);
    EXPECT_EQ(distinct(pristine, "area ", " [heap]"), 10U);
    EXPECT_GE(distinct(pristine, "area ", " /bin/sh"), 10U);
    EXPECT_EQ(distinct(pristine, "stat ", ""), 20U);
    // One that draws early, one that has no stack before its place is known, and mainline with stamps.
    for (const char* contender : {"relocate", "direct", "array"})
        EXPECT_EQ(first_difference(pristine, addresses(contender, "7")), "") << contender;
    const std::string other = addresses("pristine", "8");
    EXPECT_EQ(distinct(pristine + other, "area ", " [stack]"), 40U);
}

TEST(LabDraws, KernelsFromElsewhereCannotBePaired) {
    const ToolRun run = run_tool({"lab", "--paired-draws", "--kernel", "mine=/no/such/image"});
    EXPECT_EQ(run.code, 2);
    EXPECT_NE(run.err.find("--paired-draws"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace stackshift
