// SPDX-License-Identifier: MIT
// How a boot is judged: each fault has a message of its own, and names the console log. And how it is kept.
#include <gtest/gtest.h>

#include "boot/journal.h"
#include "boot/outcome.h"
#include "support/planted_files.h"

namespace stackshift {
namespace {

constexpr const char* kImageVersion = "6.12.117 (stackshift@stackshift) #1 SMP Thu Jan  1 00:00:00 UTC 2026";

std::string report_of(const std::string& version, const std::string& strategy, bool whole = true) {
    ReportLines lines;
    std::string text;
    for (const std::string& line :
         {std::string(kReportHeader), std::string("release 6.12.117"), "version " + version,
          "strategy " + strategy, std::string("cell 0 ok"), std::string("ticks 1")}) {
        text += lines.line(line);
    }
    if (whole) text += lines.end();
    return text;
}

BootEvidence evidence() {
    BootEvidence evidence;
    evidence.report = report_of("#1 SMP Thu Jan  1 00:00:00 UTC 2026", "direct");
    evidence.console_path = "run/direct-seed1.console.log";
    return evidence;
}

void expect(const BootEvidence& evidence, BootEnd end, const std::string& message) {
    const BootOutcome outcome = judge_lab_boot(evidence, kImageVersion, "direct");
    EXPECT_EQ(outcome.end, end) << outcome.message;
    EXPECT_EQ(outcome.message,
              message.empty() ? "" : message + "; console log: run/direct-seed1.console.log");
}

TEST(JudgeBoot, Ok) {
    expect(evidence(), BootEnd::ok, "");
}

TEST(JudgeBoot, ANameIsFilledUpWithBlanks) {
    BootEvidence e = evidence();
    e.report = report_of("#1 SMP Thu Jan  1 00:00:00 UTC 2026", "direct    ");
    expect(e, BootEnd::ok, "");
}

TEST(JudgeBoot, Panic) {
    BootEvidence e = evidence();
    e.report = report_of("x", "direct", false);
    e.console = "BUG: unable to handle page fault\r\nKernel panic - not syncing: Fatal exception\r\nmore\r\n";
    expect(e, BootEnd::panic, "Kernel panic - not syncing: Fatal exception");
}

TEST(JudgeBoot, TimeOut) {
    BootEvidence e = evidence();
    e.report = "";
    e.time_out = TimeOut::processor;
    e.time_limit = 90;
    e.emulator_ok = false;
    expect(e, BootEnd::time_out,
           "time-out: no end within 90 s of processor time (the guest reported nothing)");
    e.time_out = TimeOut::stalled;
    expect(e, BootEnd::time_out, "time-out: it stood still for 300 s (the guest reported nothing)");
}

TEST(JudgeBoot, WrongKernelByVersion) {
    BootEvidence e = evidence();
    e.report = report_of("#2 SMP Fri Jan  2 00:00:00 UTC 2026", "direct");
    expect(e, BootEnd::wrong_kernel,
           "wrong kernel: '6.12.117 #2 SMP Fri Jan  2 00:00:00 UTC 2026' runs, the image is '6.12.117 #1 SMP "
           "Thu Jan  1 "
           "00:00:00 UTC 2026'");
}

TEST(JudgeBoot, WrongKernelByStrategy) {
    BootEvidence e = evidence();
    e.report = report_of("#1 SMP Thu Jan  1 00:00:00 UTC 2026", "relocate");
    expect(e, BootEnd::wrong_kernel, "wrong kernel: its strategy is 'relocate', not 'direct'");
    // A prebuilt kernel may be any.
    EXPECT_EQ(judge_lab_boot(e, kImageVersion, "").end, BootEnd::ok);
}

TEST(JudgeBoot, GuestError) {
    BootEvidence e = evidence();
    e.report = "stackshift-guest 1\nerror bad plan: nonsense\n";
    expect(e, BootEnd::guest_error, "guest program error: bad plan: nonsense");
}

TEST(JudgeBoot, Truncated) {
    BootEvidence e = evidence();
    e.report = report_of("#1 SMP Thu Jan  1 00:00:00 UTC 2026", "direct", false);
    expect(e, BootEnd::truncated,
           "truncated output: the report ends after 1 cells, without its closing line");
    e.report = "";
    expect(e, BootEnd::truncated, "truncated output: the guest reported nothing");
}

TEST(JudgeBoot, EmulatorFailed) {
    BootEvidence e = evidence();
    e.report = "";
    e.emulator_ok = false;
    e.emulator_status = "exit code 1";
    e.emulator_errors = "qemu-system-x86_64: -smp 0: invalid\n";
    expect(e, BootEnd::emulator, "QEMU failed (exit code 1): qemu-system-x86_64: -smp 0: invalid");
}

TEST(JudgeBoot, AReportThatSaysSomethingTwiceIsBroken) {
    const auto judged = [](const std::string& second) {
        ReportLines lines;
        std::string text;
        for (const std::string& line :
             {std::string(kReportHeader), std::string("cell 0 ok"), std::string("event_group a b"),
              std::string("event_chain 0 0 0 failed why"), "event_chain " + second + " failed why"}) {
            text += lines.line(line);
        }
        BootEvidence twice = evidence();
        twice.report = text + lines.end();
        return judge_lab_boot(twice, kImageVersion, "direct");
    };
    EXPECT_EQ(judged("0 1 0").end, BootEnd::ok);
    EXPECT_EQ(judged("0 0 0").end, BootEnd::truncated);
    EXPECT_TRUE(contains(judged("0 0 0").message, "the report has one chain of events twice"));
}

class KeptBoot : public PlantedFiles {
  protected:
    static BootKey key() {
        BootKey key;
        key.strategy = "direct";
        key.seed = 1;
        return key;
    }
    /// Whether the boot that another version or a hand has left is one to go on from.
    bool kept_after(const std::string& from, const std::string& to) const {
        keep_boot(dir, "a", key(), judge_lab_boot(evidence(), kImageVersion, "direct"));
        std::string text = get("a.json");
        const size_t at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        put("a.json", text.replace(at, from.size(), to));
        return kept_boot(dir, "a", key()).has_value();
    }
};

TEST_F(KeptBoot, IsWhatItWas) {
    BootEvidence whole = evidence();
    whole.seconds = 1.5;
    keep_boot(dir, "a", key(), judge_lab_boot(whole, kImageVersion, "direct"));
    const auto kept = kept_boot(dir, "a", key());
    ASSERT_TRUE(kept.has_value());
    EXPECT_EQ(kept->report_text, whole.report);
    EXPECT_EQ(kept->report.cells.size(), 1U);
    EXPECT_EQ(kept->seconds, 1.5);
    EXPECT_EQ(kept->end, BootEnd::ok);
}

TEST_F(KeptBoot, OfAnotherKeyOrDamagedIsNone) {
    EXPECT_TRUE(kept_after("\"seed\": 1", "\"seed\": 1"));
    EXPECT_FALSE(kept_after("\"seed\": 1", "\"seed\": 2"));
    EXPECT_FALSE(kept_after("ticks 1", "ticks 2"));
    EXPECT_FALSE(kept_after("\"report\": \"", "\"report\": 7, \"x\": \""));
    EXPECT_FALSE(kept_after("\"seconds\": ", "\"seconds\": \"x\", \"y\": "));
    EXPECT_FALSE(kept_after("\"max_rss_mib\": ", "\"other\": "));
    const std::string whole = get("a.json");
    for (size_t length = 0; length + 2 < whole.size(); ++length) {
        put("a.json", whole.substr(0, length));
        EXPECT_FALSE(kept_boot(dir, "a", key()).has_value()) << length;
    }
}

TEST_F(KeptBoot, OfAKernelThatCallsItselfByAnyBytesIsMadeAnew) {
    BootOutcome outcome;
    outcome.report_text = report_of("\xff\x80", "direct");
    keep_boot(dir, "a", key(), outcome);
    EXPECT_FALSE(kept_boot(dir, "a", key()).has_value());
}

}  // namespace
}  // namespace stackshift
