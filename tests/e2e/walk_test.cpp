// SPDX-License-Identifier: MIT
// Boots tests/guest/walk.cpp: every way in which a prediction of the stack can end, on direct and, without
// the counters, on the kernels that do not predict.
#include <gtest/gtest.h>

#include <sstream>

#include "lab/boot.h"
#include "lab/guest_image.h"
#include "run_tool.h"
#include "util/files.h"

namespace stackshift {
namespace {

std::string walk_image() {
    CpioArchive archive;
    for (const char* name : {"dev", "proc", "sys", "tmp"}) archive.add_directory(name);
    archive.add_character_device("dev/console", 5, 1);
    archive.add_character_device("dev/ttyS1", 4, 65);
    archive.add_file("init", read_file(TEST_GUEST_DIR "/walk"), true);
    for (const char* probe : {"probe64", "probe32"}) {
        archive.add_file(probe, read_file(std::string(TEST_GUEST_DIR "/") + probe), true);
    }
    return archive.finish();
}

struct WalkReport {
    std::vector<std::string> lines;
    std::string console;
};

/// Boots the image in build/kernels/`kernel`.
WalkReport boot(const std::string& kernel) {
    const TemporaryDirectory directory;
    write_file_atomically(directory.path / "initrd", walk_image());
    std::vector<std::string> argv = {"qemu-system-x86_64"};
    argv.insert(argv.end(), exact_machine_args().begin(), exact_machine_args().end());
    const std::string console = (directory.path / "console").string();
    const std::string report = (directory.path / "report").string();
    for (const std::string& argument :
         {std::string("-seed"), std::string("1"), std::string("-serial"), "file:" + console,
          std::string("-serial"), "file:" + report, std::string("-kernel"),
          BUILD_DIR "/kernels/" + kernel + "/bzImage", std::string("-initrd"),
          (directory.path / "initrd").string(), std::string("-append"), exact_cmdline()}) {
        argv.push_back(argument);
    }
    Process process({.argv = argv});
    for (int i = 0; i < 300 && !process.wait(1000); ++i) {
    }
    process.stop();
    WalkReport result;
    std::istringstream lines(read_file_or(report, ""));
    for (std::string line; std::getline(lines, line);) {
        // The port's line discipline ends lines with CR LF.
        if (line.ends_with('\r')) line.pop_back();
        result.lines.push_back(line);
    }
    result.console = read_file_or(console, "");
    return result;
}

void expect_clean_walk(const WalkReport& walk, const std::string& strategy) {
    const bool counters = strategy == "direct";
    ASSERT_GE(walk.lines.size(), 2U) << walk.console;
    EXPECT_EQ(walk.lines.front(), counters ? "counters" : "no counters");
    EXPECT_EQ(walk.lines.back(), "done") << walk.console;
    size_t checks = 0;
    for (const std::string& line : walk.lines) {
        EXPECT_FALSE(line.starts_with("not ok")) << line;
        if (line.starts_with("ok ")) ++checks;
    }
    // A check that silently is no longer made must not pass.
    EXPECT_EQ(checks, counters ? 75U : strategy == "array" ? 48U : 51U);
    for (const char* splat : {"WARNING:", "BUG:", "INFO: possible", "Kernel panic"}) {
        EXPECT_EQ(walk.console.find(splat), std::string::npos) << walk.console;
    }
}

class Walk : public testing::TestWithParam<const char*> {};

TEST_P(Walk, EveryEndOfAPrediction) {
    const std::string strategy = GetParam();
    const ToolRun build = run_tool({"kernels", "--strategies", strategy});
    ASSERT_EQ(build.code, 0) << build.err;
    expect_clean_walk(boot(strategy), strategy);
}

INSTANTIATE_TEST_SUITE_P(Kernels, Walk, testing::Values("pristine", "direct", "array", "pagelist", "early"));

/// The same under KASAN, lockdep, DEBUG_VM and page table checks. Minutes: only with ./run.sh test --all.
class DebugWalk : public testing::TestWithParam<const char*> {};

TEST_P(DebugWalk, LeavesNoSplat) {
    const std::string strategy = GetParam();
    const ToolRun build = run_tool({"kernels", "--strategies", strategy, "--config", "debug"});
    ASSERT_EQ(build.code, 0) << build.err;
    expect_clean_walk(boot(strategy + "+debug"), strategy);
}

INSTANTIATE_TEST_SUITE_P(Kernels, DebugWalk, testing::Values("direct", "array", "pagelist", "early"));

}  // namespace
}  // namespace stackshift
