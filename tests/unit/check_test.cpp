// SPDX-License-Identifier: MIT
#include "check/check.h"

#include <gtest/gtest.h>

#include <fstream>

#include "check/kept.h"
#include "check/result.h"
#include "check/splats.h"
#include "check/tap.h"
#include "guest/groups.h"
#include "kernels/kernel_base.h"
#include "kernels/strategy_file.h"
#include "report/check_tables.h"
#include "support/planted_files.h"
#include "support/temporary_directory.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

using Status = CheckRow::Status;

constexpr const char* kReport =
    "TAP version 14\n"
    "# release 6.12.117\n"
    "# version #1 SMP Thu Jan  1 00:00:00 UTC 2026\n"
    "# strategy array\n"
    "# group args\n"
    "ok 1 - args/small: ok\n"
    "not ok 2 - args/big: E2BIG instead of ok\n"
    "ok 3 - args/other # SKIP this kernel has no such file\n"
    "ok 4 - args/bare\n"
    "1..4\n";

// TAP.

TEST(Tap, AWholeReport) {
    const TapReport report = parse_tap(kReport);
    EXPECT_TRUE(report.facts.whole) << report.facts.problem;
    EXPECT_EQ(report.facts.release, "6.12.117");
    EXPECT_EQ(report.facts.version, "#1 SMP Thu Jan  1 00:00:00 UTC 2026");
    EXPECT_EQ(report.facts.strategy, "array");
    ASSERT_EQ(report.tests.size(), 4U);
    EXPECT_EQ(report.tests[0].name, "args/small");
    EXPECT_EQ(report.tests[0].status, TapTest::Status::ok);
    EXPECT_EQ(report.tests[0].seen, "ok");
    EXPECT_EQ(report.tests[1].status, TapTest::Status::failed);
    EXPECT_EQ(report.tests[1].seen, "E2BIG instead of ok");
    EXPECT_EQ(report.tests[2].status, TapTest::Status::skipped);
    EXPECT_EQ(report.tests[2].seen, "this kernel has no such file");
    EXPECT_EQ(report.tests[3].name, "args/bare");
    EXPECT_EQ(report.tests[3].seen, "");
}

TEST(Tap, EveryCutIsSeen) {
    const std::string whole = kReport;
    for (size_t length = 0; length < whole.size(); ++length) {
        const TapReport report = parse_tap(whole.substr(0, length));
        EXPECT_FALSE(report.facts.whole) << length;
        EXPECT_FALSE(report.facts.problem.empty()) << length;
    }
    EXPECT_EQ(parse_tap(whole.substr(0, whole.size() - 5)).facts.problem,
              "no plan after 4 tests, group args");
    EXPECT_EQ(parse_tap("").facts.problem, "nothing was reported");
}

TEST(Tap, WhatIsWrongIsNamed) {
    const auto problem = [](const std::string& text) { return parse_tap(text).facts.problem; };
    EXPECT_EQ(problem("hello\n"), "line 1: not TAP: hello");
    EXPECT_EQ(problem("TAP version 14\nok 2 - a/b\n"), "line 2: not test 1: 2 - a/b");
    EXPECT_EQ(problem("TAP version 14\nok 1 - a/b\nok 2 - a/b: x\n1..2\n"),
              "line 3: a test's name occurs twice: 2 - a/b: x");
    EXPECT_EQ(problem("TAP version 14\nok 1 - a/b\n1..2\n"),
              "line 3: a plan of another number than the 1 tests: 2");
    EXPECT_EQ(problem("TAP version 14\n1..0\n"), "line 2: a plan of another number than the 0 tests: 0");
    EXPECT_EQ(problem("TAP version 14\nok 1 - a/b\n1..1\nok 2 - c/d\n"),
              "line 4: a line after the plan: ok 2 - c/d");
    // A lost line: numbers do not go on.
    EXPECT_EQ(problem("TAP version 14\nok 1 - a/b\nok 3 - c/d\n1..3\n"), "line 3: not test 2: 3 - c/d");
    // What failed was not skipped.
    EXPECT_EQ(problem("TAP version 14\nnot ok 1 - a/b # SKIP no\n1..1\n"),
              "line 2: not test 1: 1 - a/b # SKIP no");
}

// Deviations.

std::vector<CheckRow> some_rows() {
    return {{"array", "args/small", "serial", Status::ok, "ok", ""},
            {"array", "args/big", "serial", Status::failed, "E2BIG instead of ok", ""},
            {"array", "swap/swapped", "serial", Status::skipped, "no zram", ""}};
}

std::vector<CheckRow> applied(const std::string& text, std::vector<CheckRow> rows = some_rows(),
                              bool all_ran = true) {
    const StrategyFile file = parse_strategy_file(text, "kernels/patches/array/strategy");
    apply_deviations("array", rows, file.declared, all_ran);
    return rows;
}

TEST(Deviations, ADeclaredOneIsOne) {
    const std::vector<CheckRow> rows =
        applied("# comment\n\ndeviation = args/b.* | E2BIG | 32 pages | no more\n");
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].status, Status::ok);
    EXPECT_EQ(rows[1].status, Status::deviation);
    EXPECT_EQ(rows[1].reason, "32 pages | no more");
    EXPECT_EQ(rows[2].status, Status::skipped);
}

TEST(Deviations, AnUndeclaredOneFails) {
    for (const char* text :
         {"", "failing = .* | E2BIG | of cells\n", "deviation = args/bi | E2BIG | half a name\n",
          "deviation = args/big | SIGSEGV | seen otherwise\n"}) {
        const std::vector<CheckRow> rows = applied(text, some_rows(), false);
        EXPECT_EQ(rows[1].status, Status::failed) << text;
        EXPECT_EQ(rows[1].reason,
                  "not what mainline does, and not declared in kernels/patches/array/strategy");
    }
}

TEST(Deviations, APrebuiltKernelDeclaresNothing) {
    std::vector<CheckRow> rows = some_rows();
    apply_deviations("array", rows, BuiltKernel().declared, true);
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[1].status, Status::failed);
    EXPECT_EQ(rows[1].reason, "not what mainline does, and a prebuilt kernel declares nothing");
}

TEST(Deviations, ADeclaredOneThatIsNotThereFails) {
    const std::vector<CheckRow> rows = applied("deviation = args/.* | E2BIG | too wide\n");
    EXPECT_EQ(rows[0].status, Status::failed);
    EXPECT_EQ(rows[0].reason,
              "does what mainline does, though kernels/patches/array/strategy:1 declares 'E2BIG'");
    EXPECT_EQ(rows[1].status, Status::deviation);
}

TEST(Deviations, OneThatIsThereAtTimesNeedNotBe) {
    Declarations declared;
    declared.deviations =
        parse_base("package = x\nat-times = args/.* | ^E2BIG | by chance\n", "7.3").deviations;
    std::vector<CheckRow> rows = some_rows();
    rows.push_back({"array", "args/other", "serial", Status::failed, "SIGSEGV instead of ok", ""});
    apply_deviations("array", rows, declared, true);
    EXPECT_EQ(rows[0].status, Status::ok);
    EXPECT_EQ(rows[1].status, Status::deviation);
    EXPECT_EQ(rows[1].reason, "by chance");
    EXPECT_EQ(rows[3].status, Status::failed) << "another thing was seen";
}

TEST(Deviations, ADeclarationOfNoTestFailsWhereAllWereRun) {
    const std::string text = "deviation = args/big | E2BIG | fine\ndeviation = args/gone | E2BIG | renamed\n";
    const std::vector<CheckRow> rows = applied(text);
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[3].test, "args/gone");
    EXPECT_EQ(rows[3].status, Status::failed);
    EXPECT_EQ(rows[3].reason, "kernels/patches/array/strategy:2 declares it, and there is no such test");
    EXPECT_EQ(applied(text, some_rows(), false).size(), 3U);
}

TEST(Deviations, ABootThatFailedIsNeverADeviation) {
    std::vector<CheckRow> rows = {
        {"array", "boot/serial-end", "serial", Status::failed, "", "Kernel panic; console log: x"}};
    rows = applied("deviation = .*oot/.* | x | anything\n", rows);
    EXPECT_EQ(rows[0].status, Status::failed);
    EXPECT_EQ(rows[0].reason, "Kernel panic; console log: x");
}

// Splats.

// Revisions of a git tree.

CheckRow row_of(const std::string& test, CheckRow::Status status, const std::string& seen) {
    CheckRow row;
    row.strategy = "b";
    row.test = test;
    row.status = status;
    row.seen = seen;
    return row;
}

TEST(Revisions, AreHeldAgainstTheOneBefore) {
    std::vector<CheckRow> first = {row_of("args/a", Status::failed, "E2BIG"),
                                   row_of("args/b", Status::failed, "1"),
                                   row_of("args/c", Status::failed, "2"), row_of("args/d", Status::ok, ""),
                                   row_of("args/e", Status::ok, "")};
    const std::vector<CheckRow> first_seen = first;
    apply_revision("", {}, first);
    EXPECT_EQ(first[0].status, Status::deviation);
    EXPECT_EQ(first[3].status, Status::ok);
    std::vector<CheckRow> second = {row_of("args/a", Status::failed, "E2BIG"),
                                    row_of("args/b", Status::failed, "3"), row_of("args/c", Status::ok, ""),
                                    row_of("args/d", Status::failed, "ENOMEM"),
                                    row_of("args/e", Status::ok, "")};
    const std::vector<CheckRow> second_seen = second;
    apply_revision("aaa", first_seen, second);
    EXPECT_EQ(second[0].status, Status::deviation);
    EXPECT_EQ(second[0].reason, "not what 6.12 does, as in aaa");
    EXPECT_EQ(second[1].status, Status::failed);
    EXPECT_EQ(second[1].reason, "changed since aaa, where it was '1'");
    EXPECT_EQ(second[2].status, Status::deviation);
    EXPECT_EQ(second[2].reason, "changed since aaa, where it was '2', to what 6.12 does");
    EXPECT_EQ(second[3].status, Status::failed);
    EXPECT_EQ(second[3].reason, "changed since aaa, where it was as 6.12 does");
    EXPECT_EQ(second[4].status, Status::ok);
    // A third that changes nothing: what the second has changed is not the third's doing.
    std::vector<CheckRow> third = second_seen;
    apply_revision("bbb", second_seen, third);
    EXPECT_EQ(third[1].status, Status::deviation);
    EXPECT_EQ(third[1].reason, "not what 6.12 does, as in bbb");
    EXPECT_EQ(third[2].status, Status::ok);
    EXPECT_EQ(third[3].status, Status::deviation);
}

TEST(Revisions, ABootThatFailedIsNeverExcused) {
    std::vector<CheckRow> rows = {row_of("boot/serial-end", CheckRow::Status::failed, "")};
    rows[0].reason = "panic";
    apply_revision("", {}, rows);
    EXPECT_EQ(rows[0].status, CheckRow::Status::failed);
    EXPECT_EQ(rows[0].reason, "panic");
}

TEST(Splats, AreFoundWithWhatFollows) {
    const std::vector<std::string> splats = find_splats(
        "[    1.0] Linux version 6.12\r\n[    2.0] WARNING: CPU: 0 PID: 1 at mm/mmap.c:1\r\na\nb\nc\nd\ne\n"
        "[    3.0] BUG: KASAN: slab-use-after-free in f\n");
    ASSERT_EQ(splats.size(), 2U);
    EXPECT_EQ(splats[0], "[    2.0] WARNING: CPU: 0 PID: 1 at mm/mmap.c:1\na\nb\nc\nd");
    EXPECT_EQ(splats[1], "[    3.0] BUG: KASAN: slab-use-after-free in f");
}

TEST(Splats, OfEveryKind) {
    for (const char* line :
         {"kernel BUG at mm/page_table_check.c:118!", "INFO: task init:1 blocked for more than 122 seconds.",
          "INFO: possible recursive locking detected",
          "WARNING: possible circular locking dependency detected",
          "INFO: rcu_preempt detected stalls on CPUs/tasks:",
          "BUG: non-zero pgtables_bytes on freeing mm: 4096",
          "BUG: Bad rss-counter state mm:1 type:MM_ANONPAGES val:1", "BUG: Bad page state in process x",
          "kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
          "list_add corruption. next->prev should be prev", "Oops: general protection fault, probably for",
          "refcount_t: underflow; use-after-free.", "BUG kmalloc-64 (Not tainted): Poison overwritten"}) {
        EXPECT_EQ(find_splats(line).size(), 1U) << line;
    }
    for (const char* line :
         {"kmemleak: Kernel memory leak detector initialized (mem pool available: 15656)",
          "kasan: KernelAddressSanitizer initialized",
          "Speculative Return Stack Overflow: WARNING: See https://kernel.org/doc/html/latest/x.html for "
          "more.",
          "Memory cgroup out of memory: Killed process 70 (probe64)",
          "process '/probe64' started with executable stack", "FAULT_INJECTION: forcing a failure."}) {
        EXPECT_TRUE(find_splats(line).empty()) << line;
    }
}

// Boots and the result.

BootEvidence evidence_of(const std::string& report, const std::string& console) {
    BootEvidence evidence;
    evidence.report = report;
    evidence.console = console;
    evidence.console_path = "/logs/array-serial.console.log";
    return evidence;
}

constexpr const char* kVersion = "6.12.117 (u@h) #1 SMP Thu Jan  1 00:00:00 UTC 2026";

TEST(Groups, AreKnownByWholeNamesOnly) {
    EXPECT_EQ(parse_group("args"), Group::args);
    EXPECT_EQ(parse_group("churn"), Group::churn);
    for (const char* name : {"", "arg", "args ", "Args", "count"}) EXPECT_FALSE(parse_group(name)) << name;
}

/// Boots, console logs and result files are called by these.
TEST(Groups, MachinesHaveTheNamesOfBoots) {
    EXPECT_EQ(to_string(GroupMachine::serial), "serial");
    EXPECT_EQ(to_string(GroupMachine::parallel), "parallel");
    EXPECT_EQ(to_string(GroupMachine::debug), "debug");
}

TEST(Groups, ATableWithAHoleIsSeen) {
    std::vector<GroupInfo> table(kGroups.begin(), kGroups.end());
    EXPECT_TRUE(one_entry_per_group(table));
    std::swap(table[1], table[2]);
    EXPECT_FALSE(one_entry_per_group(table));
    std::swap(table[1], table[2]);
    table.pop_back();
    EXPECT_FALSE(one_entry_per_group(table));
}

TEST(CheckBoot, RowsOfTestsConsoleAndEnd) {
    const std::vector<CheckRow> rows =
        rows_of_boot("array", "serial", evidence_of(kReport, "fine\n"), kVersion, "array");
    ASSERT_EQ(rows.size(), 6U);
    EXPECT_EQ(rows[1].status, Status::failed);
    EXPECT_EQ(rows[2].status, Status::skipped);
    EXPECT_EQ(rows[4].test, "boot/serial-console");
    EXPECT_EQ(rows[4].status, Status::ok);
    EXPECT_EQ(rows[5].test, "boot/serial-end");
    EXPECT_EQ(rows[5].status, Status::ok);
}

TEST(CheckBoot, ASplatAWrongKernelAndACutAreFailures) {
    std::vector<CheckRow> rows =
        rows_of_boot("array", "serial", evidence_of(kReport, "WARNING: x\n"), kVersion, "array");
    EXPECT_EQ(rows[4].status, Status::failed);
    EXPECT_EQ(rows[4].seen, "WARNING: x");
    EXPECT_NE(rows[4].reason.find("/logs/array-serial.console.log"), std::string::npos);
    rows = rows_of_boot("direct", "serial", evidence_of(kReport, ""), kVersion, "direct");
    EXPECT_EQ(rows[5].status, Status::failed);
    EXPECT_NE(rows[5].reason.find("wrong kernel: its strategy is 'array'"), std::string::npos);
    const std::string cut = std::string(kReport).substr(0, 150);
    rows = rows_of_boot("array", "serial", evidence_of(cut, ""), kVersion, "array");
    EXPECT_EQ(rows.back().status, Status::failed);
    EXPECT_NE(rows.back().reason.find("truncated output"), std::string::npos);
}

CheckResult small_result() {
    CheckResult result;
    result.id = "x-check";
    result.started = "2026-01-01T00:00:00Z";
    result.argv = {"stackshift", "check"};
    result.config = "conform";
    result.seed = 1;
    result.guest_sha256 = std::string(64, 'a');
    result.groups = {"args"};
    result.boots = {{"array", "serial", "/logs/c", "", 1.5}};
    result.rows = {{"pristine", "args/big", "serial", Status::ok, "ok", ""},
                   {"array", "args/big", "serial", Status::deviation, "E2BIG instead of ok", "32 pages"},
                   {"pristine", "args/huge", "serial", Status::ok, "ok", ""},
                   {"array", "args/huge", "serial", Status::deviation, "E2BIG instead of ok", "32 pages"},
                   {"pristine", "args/small", "serial", Status::ok, "ok", ""},
                   {"array", "args/small", "serial", Status::failed,
                    "argv[3] differs at byte 7 instead of ok", "not declared"}};
    return result;
}

class DamagedCheckResult : public PlantedFiles {
  protected:
    std::string edited(const std::string& from, const std::string& to) const {
        std::string text = text_;
        const std::size_t at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return at == std::string::npos ? text : text.replace(at, from.size(), to);
    }
    /// What load_check_result() says to a text, without the file's name before it.
    std::string refusal(const std::string& text) const {
        const std::filesystem::path file = dir / "result.json";
        put("result.json", text);
        const std::string said = error_of([&] { load_check_result(file); });
        if (said.empty()) return "accepted";
        EXPECT_TRUE(said.starts_with("2 " + file.string())) << said;
        return said.substr(std::min(said.size(), 2 + file.string().size()));
    }
    const std::string text_ = to_json(small_result());
};

BootKey key_of_mine() {
    BootKey key;
    key.strategy = "mine";
    key.image_sha256 = "ab";
    key.seed = 3;
    return key;
}

TEST(KeptGuest, IsWhatItWas) {
    const TemporaryDirectory directory;
    const BootKey key = key_of_mine();
    BootEvidence evidence;
    evidence.report = "TAP version 13\nok 1 args/a\n";
    evidence.console = "Linux version 6.12\n";
    evidence.console_path = "/x/mine-serial.console.log";
    evidence.seconds = 12.5;
    keep_guest(directory.path, "mine-serial", key, evidence);
    const auto kept = kept_guest(directory.path, "mine-serial", key);
    ASSERT_TRUE(kept.has_value());
    EXPECT_EQ(kept->report, evidence.report);
    EXPECT_EQ(kept->console, evidence.console);
    EXPECT_EQ(kept->console_path, evidence.console_path);
    EXPECT_EQ(kept->seconds, 12.5);
    EXPECT_TRUE(kept->emulator_ok);
}

TEST(KeptGuest, OfAnotherBootOrDamagedIsNone) {
    const TemporaryDirectory directory;
    const BootKey key = key_of_mine();
    keep_guest(directory.path, "mine-serial", key, {});
    BootKey other = key;
    other.image_sha256 = "ac";
    EXPECT_FALSE(kept_guest(directory.path, "mine-serial", other).has_value());
    EXPECT_FALSE(kept_guest(directory.path, "mine-parallel", key).has_value());
    ASSERT_TRUE(kept_guest(directory.path, "mine-serial", key).has_value());
    const std::string text = read_file(directory.path / "mine-serial.json");
    write_file_atomically(directory.path / "mine-serial.json", text.substr(0, text.size() - 3));
    EXPECT_FALSE(kept_guest(directory.path, "mine-serial", key).has_value());
}

TEST(KeptGuest, AConsoleMayHaveAnyBytes) {
    const TemporaryDirectory directory;
    BootEvidence evidence;
    evidence.console = "a\xff\x80z\n";
    keep_guest(directory.path, "x", {}, evidence);
    const auto kept = kept_guest(directory.path, "x", {});
    ASSERT_TRUE(kept.has_value());
    EXPECT_TRUE(kept->console.starts_with("a") && kept->console.ends_with("z\n"));
}

TEST(CheckResult, IsValidAndSaysWhatWasSeen) {
    const auto document = nlohmann::ordered_json::parse(to_json(small_result()));
    EXPECT_EQ(document["schema"], "stackshift-check");
    EXPECT_EQ(document["tests"].size(), 6U);
    EXPECT_EQ(document["tests"][1]["status"], "deviation");
    EXPECT_TRUE(has_failure(small_result()));
    CheckResult wrong = small_result();
    wrong.guest_sha256 = "short";
    EXPECT_THROW(to_json(wrong), Error);
}

TEST_F(DamagedCheckResult, TruncatedAnywhere) {
    EXPECT_EQ(refusal(text_), "accepted");
    EXPECT_EQ(refusal(""), ": the file is empty");
    for (std::size_t length = 1; length + 2 < text_.size(); length += 37)
        EXPECT_TRUE(contains(refusal(text_.substr(0, length)), "ends too early (truncated file?)")) << length;
}

TEST_F(DamagedCheckResult, WrongTypesAndValuesAreNamed) {
    EXPECT_EQ(refusal("[]"), ": is no result: the JSON text is not an object");
    EXPECT_EQ(refusal("{}"), ": /schema is missing");
    EXPECT_EQ(refusal(edited("stackshift-check", "stackshift-result")),
              ": /schema is \"stackshift-result\", not \"stackshift-check\": this is no result of check");
    EXPECT_EQ(refusal(edited("\"schema_version\": 1", "\"schema_version\": 2")),
              ": /schema_version is version 2, this stackshift reads up to 1");
    EXPECT_EQ(refusal(edited("\"seconds\": 1.5", "\"seconds\": \"1.5\"")),
              ": /boots/0/seconds is \"1.5\", which has the wrong type");
    EXPECT_EQ(refusal(edited("\"machine\": \"serial\"", "\"machine\": \"other\"")),
              ": /boots/0/machine is \"other\", which is none of the values allowed here");
    EXPECT_EQ(refusal(edited("\"status\": \"deviation\"", "\"status\": \"odd\"")),
              ": /tests/1/status is \"odd\", which is none of the values allowed here");
    EXPECT_EQ(refusal(edited("\"groups\": [\n      \"args\"\n    ]", "\"groups\": []")),
              ": /run/groups is an array without an element");
}

TEST_F(DamagedCheckResult, WhatStandsTwiceIsNamed) {
    EXPECT_EQ(refusal(edited("\"seed\": 1,", "\"seed\": 1, \"seed\": 2,")),
              ": /run/seed stands there twice (edited by hand?)");
    EXPECT_EQ(refusal(edited("\"test\": \"args/huge\"", "\"test\": \"args/big\"")),
              ": /tests/2 is the same test as /tests/0 (args/big of pristine) (edited by hand?)");
    CheckResult result = small_result();
    KernelInfo kernel;
    kernel.strategy = "array";
    result.kernels = {kernel, kernel};
    expect_error(Exit::internal, "/kernels/1 is the same kernel as /kernels/0 (array)",
                 [&] { to_json(result); });
    // Declarations of one expression, of which no test was run, are told apart by their lines.
    result.kernels = {kernel};
    for (const char* line : {"1", "2"})
        result.rows.push_back({"array", "args/.*", "", Status::failed, "", std::string("line ") + line});
    EXPECT_NO_THROW(to_json(result));
}

TEST(CheckResult, TheMatrixShowsWhereStrategiesDiffer) {
    EXPECT_EQ(check_text(small_result()),
              "Tests by group and strategy: as mainline, d: declared deviation, F: failure, s: skipped\n"
              "\n"
              "group  pristine  array\n"
              "args          3  2d 1F\n"
              "\n"
              "Where a strategy is not as mainline (=), by what was seen; !: not declared; +N: so many tests "
              "alike\n"
              "\n"
              "property    alike  pristine          array\n"
              "args/big       +1         =          E2BIG\n"
              "args/small                =  !argv[3] dif~\n"
              "\n"
              "Declared, because\n"
              "  array  32 pages (2 tests)\n"
              "\n"
              "Failures\n"
              "  FAIL  array: args/small: argv[3] differs at byte 7 instead of ok -- not declared\n");
}

}  // namespace
}  // namespace stackshift
