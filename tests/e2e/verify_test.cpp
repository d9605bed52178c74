// SPDX-License-Identifier: MIT
// The committed reference of this machine's packages is reproduced bit for bit.
#include <gtest/gtest.h>

#include "run_tool.h"

namespace stackshift {
namespace {

// Of the kernels that other tests of CI build.
TEST(Verify, SmokeIsTheReferenceBitForBit) {
    const TemporaryDirectory directory;
    const ToolRun run = run_tool({"verify", "--profile", "smoke", "--strategies",
                                  "pristine,relocate,array,pagelist,shmem,direct", "--out",
                                  (directory.path / "run").string()});
    if (run.code == 3) GTEST_SKIP() << run.err;  // it says what differs here, and how to make one
    EXPECT_EQ(run.code, 0) << run.out << run.err;
    EXPECT_EQ(run.out.find("VERIFIED: "), 0U) << run.out;
}

}  // namespace
}  // namespace stackshift
