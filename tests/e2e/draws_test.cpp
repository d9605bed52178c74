// SPDX-License-Identifier: MIT
// Kernels whose execs draw the same addresses: that they do, and that this leaves of a difference the code's.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "run_tool.h"
#include "util/files.h"

namespace stackshift {
namespace {

using nlohmann::json;

json lab(const std::vector<std::string>& more, const std::filesystem::path& out) {
    std::vector<std::string> args = {"lab",
                                     "--strategies",
                                     "pristine,relocate,direct",
                                     "--profile",
                                     "smoke",
                                     "--filter",
                                     "self-exec/native/aslr/argv:[018]p/long",
                                     "--out",
                                     out.string()};
    args.insert(args.end(), more.begin(), more.end());
    const ToolRun run = run_tool(args);
    EXPECT_EQ(run.code, 0) << run.err;
    return json::parse(read_file(out / "result.json"));
}

/// What the differences between relocate and pristine spread over: of the largest and the smallest seed's.
double spread(const json& result, const std::string& cell) {
    std::map<std::string, std::vector<double>> medians;
    for (const json& entry : result["cells"])
        if (entry["cell"] == cell)
            medians[entry["strategy"]] =
                entry["metrics"]["instructions"]["group_medians"].get<std::vector<double>>();
    double least = 1e300;
    double most = -1e300;
    for (size_t i = 0; i < medians["pristine"].size(); ++i) {
        const double difference = medians["relocate"].at(i) - medians["pristine"].at(i);
        least = std::min(least, difference);
        most = std::max(most, difference);
    }
    return most - least;
}

TEST(LabDraws, PairedOnesLeaveLessToChance) {
    const TemporaryDirectory directory;
    const json usual = lab({"--seeds", "4"}, directory.path / "usual");
    const json paired = lab({"--seeds", "4", "--paired-draws"}, directory.path / "paired");
    EXPECT_EQ(paired["environment"]["draws"], "paired");
    double of_usual = 0;
    double of_paired = 0;
    for (const std::string pages : {"0p", "1p", "8p"}) {
        const std::string cell = "self-exec/native/aslr/argv:" + pages + "/long";
        of_usual += spread(usual, cell);
        of_paired += spread(paired, cell);
    }
    EXPECT_LT(of_paired, of_usual);
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
