// SPDX-License-Identifier: MIT
// Guests with more than the usual one has: that each axis reaches the kernel, by what an exec does there.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "run_tool.h"
#include "util/files.h"

namespace stackshift {
namespace {

using nlohmann::json;

/// Medians of a minimal native exec without ASLR.
struct Exec {
    double instructions = 0;
    double full_flushes = 0;
};

Exec count(const std::vector<std::string>& more) {
    const TemporaryDirectory directory;
    std::vector<std::string> args = {"lab",
                                     "--config",
                                     "distro",
                                     "--strategies",
                                     "relocate",
                                     "--seeds",
                                     "1",
                                     "--profile",
                                     "smoke",
                                     "--filter",
                                     "self-exec/native/noaslr/argv:0p/long",
                                     "--out",
                                     directory.path.string()};
    args.insert(args.end(), more.begin(), more.end());
    const ToolRun run = run_tool(args);
    EXPECT_EQ(run.code, 0) << run.err;
    const json result = json::parse(read_file(directory.path / "result.json"));
    EXPECT_EQ(result["environment"].value("guest", ""), more.empty() ? "" : more.back());
    const json& metrics = result["cells"][0]["metrics"];
    return {metrics["instructions"]["median"], metrics["tlb.flush_all"]["median"]};
}

TEST(LabGuests, EachAxisReachesTheKernel) {
    const Exec usual = count({});
    EXPECT_EQ(usual.full_flushes, 0) << "a native stack without ASLR stays where it is";
    const Exec five_levels = count({"--guest", "la57=on"});
    EXPECT_GE(five_levels.full_flushes, 1) << "from the top of 56 bits it has to be moved";
    EXPECT_GT(five_levels.instructions, usual.instructions);
    // Two switches of page tables per system call and fault.
    EXPECT_GT(count({"--guest", "pti=on"}).instructions, usual.instructions);
    // Counters of an mm are per possible CPU: set up and summed.
    EXPECT_GT(count({"--guest", "possible-cpus=64"}).instructions, usual.instructions);
}

TEST(LabGuests, WhatBenchKernelsCannotShowIsRefused) {
    const ToolRun run = run_tool({"lab", "--guest", "la57=on"});
    EXPECT_EQ(run.code, 2);
    EXPECT_NE(run.err.find("--config distro"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace stackshift
