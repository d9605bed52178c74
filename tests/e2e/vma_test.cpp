// SPDX-License-Identifier: MIT
// The kernel's own tests of its mappings (tools/testing/vma), which compile mm/vma_exec.c as a program,
// on 7.3 as it is and with each series that touches what they compile. In the long tier: the source is
// unpacked.
#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/kernel_base.h"
#include "kernels/source.h"
#include "run_tool.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

/// Installed, or as `lab --base 7.3` has fetched it; empty where it is neither.
fs::path tarball() {
    try {
        const KernelBase base = read_base(fs::path(PROJECT_DIR) / "kernels/bases", "7.3");
        return find_source({}, base, fs::path(WORK_DIR) / "kernels/.work", Fetch::no).tarball;
    } catch (const Error&) {
        return {};
    }
}

/// Patches of a folder of kernels/patches, in their order.
std::vector<fs::path> series(const std::string& strategy) {
    std::vector<fs::path> patches;
    for (const auto& entry :
         fs::directory_iterator(fs::path(PROJECT_DIR) / "kernels/patches" / strategy / "7.3"))
        if (entry.path().extension() == ".patch") patches.push_back(entry.path());
    std::sort(patches.begin(), patches.end());
    return patches;
}

/// Unpacks what the tests compile into `tree`.
void unpack(const fs::path& tree) {
    fs::create_directories(tree);
    const ToolRun tar = run_program({"tar",
                                     "--extract",
                                     "--file",
                                     tarball().string(),
                                     "--directory",
                                     tree.string(),
                                     "--strip-components=1",
                                     "--wildcards",
                                     "--no-wildcards-match-slash",
                                     "*/mm",
                                     "*/include",
                                     "*/lib",
                                     "*/tools/testing/vma",
                                     "*/tools/testing/shared",
                                     "*/tools/testing/radix-tree",
                                     "*/tools/include",
                                     "*/tools/lib",
                                     "*/tools/arch",
                                     "*/tools/scripts",
                                     "*/tools/build"});
    ASSERT_EQ(tar.code, 0) << tar.err;
}

/// Applies what of a patch lies in what was unpacked: without a series' own part of tools/testing/vma, the
/// tests do not compile.
void apply(const fs::path& tree, const fs::path& patch) {
    const ToolRun applied =
        run_program({"git", "-C", tree.string(), "apply", "--include=mm/*", "--include=include/*",
                     "--include=tools/testing/vma/*", patch.string()});
    ASSERT_EQ(applied.code, 0) << patch << "\n" << applied.err;
}

class KernelsOwnVmaTests : public testing::TestWithParam<const char*> {};

TEST_P(KernelsOwnVmaTests, Pass) {
    if (tarball().empty()) GTEST_SKIP() << "skipped: no source of 7.3 yet: run `kernels --base 7.3`";
    if (!fs::exists("/usr/include/x86_64-linux-gnu/urcu.h"))
        GTEST_SKIP() << "skipped: liburcu-dev is not installed";
    const TemporaryDirectory directory;
    const fs::path tree = directory.path / "linux";
    unpack(tree);
    if (HasFatalFailure()) return;
    const std::string strategy = GetParam();
    std::vector<fs::path> patches;
    if (strategy != "pristine") {
        patches = series("common");
        const std::vector<fs::path> own = series(strategy);
        patches.insert(patches.end(), own.begin(), own.end());
    }
    for (const fs::path& patch : patches) {
        apply(tree, patch);
        if (HasFatalFailure()) return;
    }
    const fs::path tests = tree / "tools/testing/vma";
    const ToolRun make = run_program({"make", "--silent", "--directory", tests.string()});
    ASSERT_EQ(make.code, 0) << make.err;
    const ToolRun run = run_program({(tests / "vma").string()});
    EXPECT_EQ(run.code, 0) << run.out << run.err;
    EXPECT_NE(run.out.find(" passed, 0 failed."), std::string::npos) << run.out;
}

// Those of whose patches some are in mm/vma.c or mm/vma_exec.c.
INSTANTIATE_TEST_SUITE_P(Strategies, KernelsOwnVmaTests,
                         testing::Values("pristine", "direct", "late", "relocate+expand",
                                         "relocate+fix-commitment"));

}  // namespace
}  // namespace stackshift
