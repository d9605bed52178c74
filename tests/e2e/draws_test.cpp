// SPDX-License-Identifier: MIT
// Kernels whose execs draw the same addresses: that they do, and that this leaves of a difference the code's.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

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

TEST(LabDraws, KernelsFromElsewhereCannotBePaired) {
    const ToolRun run = run_tool({"lab", "--paired-draws", "--kernel", "mine=/no/such/image"});
    EXPECT_EQ(run.code, 2);
    EXPECT_NE(run.err.find("--paired-draws"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace stackshift
