// SPDX-License-Identifier: MIT
// The text for a change's message, and the size of patches.
#include "report/justify.h"

#include <gtest/gtest.h>

#include <sstream>

#include "check/result.h"
#include "kernels/diffstat.h"
#include "results/summary.h"
#include "support/temporary_directory.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

// Counted by eye; a removed line "-- x" must not pass for a header, and the mail's own statistics not for a
// hunk.
constexpr const char* kFirst =
    "Subject: x\n---\n a.c | 3 ++-\n\n--- a/a.c\n+++ b/a.c\n@@ -1,3 +1,4 @@\n one\n--- x\n+++ y\n+new\n "
    "three\n"
    "--- /dev/null\n+++ b/b.c\n@@ -0,0 +1,2 @@\n+1\n+2\n\\ No newline at end of file\n";
constexpr const char* kSecond = "--- a/a.c\n+++ b/a.c\n@@ -2 +2 @@\n-new\n+newer\n--\n2.39.5\n";

TEST(Diffstat, CountsPatchByPatch) {
    const std::vector<FileChange> changes = diffstat({{"", "1", kFirst}, {"", "2", kSecond}});
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(changes[0].file, "a.c");
    EXPECT_EQ(changes[0].insertions, 3U);
    EXPECT_EQ(changes[0].deletions, 2U);
    EXPECT_EQ(changes[1].insertions, 2U);
    EXPECT_EQ(change_text(changes), "2 files, 5 insertions, 2 deletions");
    EXPECT_EQ(change_text({{"a", 1, 1}}), "1 file, 1 insertion, 1 deletion");
    EXPECT_THROW(diffstat({{"", "1", "no patch\n"}}), Error);
    // A length that no number holds: what stands there is counted.
    const std::string endless = "--- a/x\n+++ b/x\n@@ -1,99999999999999999999 +1 @@\n-a\n+b\n";
    EXPECT_EQ(diffstat({{"", "1", endless}}).front().deletions, 1U);
}

TEST(Diffstat, ReadsGitsNumbers) {
    const std::vector<FileChange> changes =
        read_numstat("12\t3\tfs/exec.c\n-\t-\tlogo.png\n99999999999999999999\t1\tendless\n");
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(change_text(changes), "1 file, 12 insertions, 3 deletions");
}

CellResult cell_of(const std::string& strategy, const std::string& name, const std::vector<double>& seeds) {
    CellResult cell = unmeasured(parse_cell("self-exec/" + name).value(), strategy);
    Metric& metric = cell.metrics["instructions"];
    metric.unit = "instructions";
    metric.samples = seeds;
    metric.groups.assign(seeds.size(), 1);
    summarise(metric, true);
    return cell;
}

Justification counted() {
    Justification justification;
    justification.strategies = {"relocate", "direct"};
    Result& result = justification.exact;
    result.run.id = "r";
    result.run.started = "2026-01-01T00:00:00Z";
    result.run.profile = "quick";
    result.run.seeds = {1, 2};
    for (const char* strategy : {"pristine", "relocate", "direct"})
        result.kernels.push_back({strategy, "6.12.117", "bench", "", {}, "", "gcc 12.2.0"});
    result.cells = {cell_of("pristine", "native/aslr/argv:0p/long", {900, 900}),
                    cell_of("relocate", "native/aslr/argv:0p/long", {1000, 1000}),
                    cell_of("relocate", "native/noaslr/argv:0p/long", {800, 800}),
                    cell_of("relocate", "native/aslr/argv:33p/long", {9000, 9000}),
                    cell_of("direct", "native/aslr/argv:0p/long", {880, 880}),
                    cell_of("direct", "native/noaslr/argv:0p/long", {800, 800})};
    CellResult failed = unmeasured(parse_cell("self-exec/native/aslr/argv:33p/long").value(), "direct");
    failed.status = CellStatus::failed;
    failed.reason = "execve: E2BIG";
    result.cells.push_back(failed);
    return justification;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(Justify, AnswersFirstAndLeavesOutOtherKernels) {
    const std::string text = justify_text(counted());
    // 880 - 1000 = -120, 12 %; of three cells one is less, one equal, one fails.
    EXPECT_TRUE(
        text.starts_with("direct against relocate, instructions of a minimal exec: native ASLR: -120\n"
                         "of 1000 (-12.0%); native no ASLR: 0 of 800 (0.00%). 3 cells: 1 with fewer\n"
                         "instructions, 0 with more, 1 within the floor, 1 failed.\n"))
        << text;
    EXPECT_FALSE(has(text, "pristine")) << text;
    EXPECT_TRUE(has(text, "    0       1000      880  -120  -12.0%      0\n")) << text;
    EXPECT_TRUE(has(text, "direct: execve: E2BIG -- 1 cell")) << text;
}

TEST(Justify, ListsWhatWasNotMeasured) {
    Justification justification = counted();
    const std::string bare = justify_text(justification);
    EXPECT_TRUE(has(bare, "- time (no result of ./run.sh host)\n")) << bare;
    EXPECT_TRUE(has(bare, "- what direct changes for user space: no result of ./run.sh check has it\n"))
        << bare;
    EXPECT_TRUE(has(bare, "among them all of\n  script, dynamic")) << bare;
    CheckResult check;
    check.config = "conform";
    check.rows = {{"direct", "args/a", "serial", CheckRow::Status::ok, "", ""},
                  {"direct", "args/b", "serial", CheckRow::Status::deviation, "ENOMEM", "no room for it"},
                  {"direct", "args/c", "serial", CheckRow::Status::failed, "EIO", "mainline gives none"},
                  {"direct", "args/d", "serial", CheckRow::Status::skipped, "no swap", ""}};
    justification.checks = {check};
    justification.sizes = {{"direct", "1 file, 2 insertions, 0 deletions", {"fs/exec.c +2 -0"}}};
    const std::string text = justify_text(justification);
    EXPECT_TRUE(
        has(text,
            "direct (config conform): 1 tests as mainline, 1 not as mainline and\ndeclared, 1 failed, "
            "1 skipped.\n"))
        << text;
    EXPECT_TRUE(has(text, "- FAILED: args/c: EIO -- mainline gives none\n- no room for it (args/b)\n"))
        << text;
    EXPECT_FALSE(has(text, "what direct changes for user space")) << text;
    EXPECT_FALSE(has(text, "- what relocate changes for user space")) << text;
    EXPECT_TRUE(has(text, "- 1 tests of check that direct skipped\n")) << text;
    EXPECT_TRUE(has(text, "direct: 1 file, 2 insertions, 0 deletions\n  fs/exec.c +2 -0\n")) << text;
    EXPECT_TRUE(has(text, "  ./run.sh lab --strategies relocate,direct --profile quick --seeds 2\n")) << text;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), kMessageWidth) << line;
}

TEST(Justify, CommitsAreNamedByTheirHashes) {
    Justification justification = counted();
    justification.exact.kernels[1].commit = std::string(40, '1');
    justification.exact.kernels[2].commit = std::string(40, '2');
    justification.exact.kernels[2].subject = "exec: be quick";
    const std::string text = justify_text(justification);
    EXPECT_TRUE(has(text, "commit 222222222222 (\"exec: be quick\")")) << text;
    EXPECT_TRUE(has(text,
                    "  ./run.sh lab --tree DIR --revisions 111111111111,222222222222 --profile \\\n"
                    "      quick --seeds 2\n"))
        << text;
}

TEST(Justify, UnknownStrategiesAreNamed) {
    Justification justification = counted();
    justification.strategies = {"relocate", "direkt"};
    EXPECT_THROW(
        try { justify_text(justification); } catch (const Error& error) {
            EXPECT_TRUE(has(error.what(), "unknown strategy 'direkt' (did you mean 'direct'?"))
                << error.what();
            throw;
        },
        Error);
    justification.strategies = {"relocate"};
    EXPECT_THROW(justify_text(justification), Error);
}

TEST(CheckFile, ReadsBackWhatWasWritten) {
    CheckResult check;
    check.id = "c";
    check.started = "2026-01-01T00:00:00Z";
    check.config = "conform";
    check.groups = {"args"};
    check.guest_sha256 = std::string(64, 'a');
    check.rows = {{"direct", "args/b", "serial", CheckRow::Status::deviation, "ENOMEM", "no room"}};
    const TemporaryDirectory directory;
    save_check_result(check, directory.path / "check.json");
    const CheckResult read = load_check_result(directory.path / "check.json");
    EXPECT_EQ(read.config, "conform");
    ASSERT_EQ(read.rows.size(), 1U);
    EXPECT_EQ(read.rows[0].status, CheckRow::Status::deviation);
    EXPECT_EQ(read.rows[0].reason, "no room");
    write_file_atomically(directory.path / "other.json",
                          R"({"schema": "stackshift-result", "schema_version": 2})");
    EXPECT_THROW(load_check_result(directory.path / "other.json"), Error);
}

}  // namespace
}  // namespace stackshift
