// SPDX-License-Identifier: MIT
// The clock lab's parts that need no guest: when there are enough rounds, what reports become, what is said
// where KVM does not work. Figures worked out by hand.
#include "lab/clock_lab.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "boot/kvm.h"
#include "boot/outcome.h"
#include "boot/pinning.h"
#include "lab/assemble_times.h"
#include "stats/paired.h"
#include "support/temporary_directory.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

TEST(PairedChange, OfSixRounds) {
    // Each round is 10 % more than its own base: the machine's drift, 100 to 200, is not in it.
    const std::vector<double> base = {100, 120, 140, 160, 180, 200};
    const std::vector<double> contender = {110, 132, 154, 176, 198, 220};
    const PairedChange change = paired_change(base, contender, {0.05, 0.8}, 1);
    EXPECT_NEAR(change.percent, 10, 1e-9);
    ASSERT_TRUE(change.interval);
    EXPECT_NEAR(change.interval->low, 10, 1e-9);
    EXPECT_NEAR(change.interval->high, 10, 1e-9);
    EXPECT_NEAR(change.p, 2.0 / 64, 1e-12);  // all six of one sign
    EXPECT_EQ(change.rounds, 6U);
    EXPECT_NEAR(change.detectable.value(), 0, 1e-9);
    EXPECT_EQ(change.rounds_wanted, 6U);
    EXPECT_FALSE(paired_change(std::vector<double>{1, 1}, std::vector<double>{2, 2}, {}, 1).interval);
}

TEST(Rounds, TheWidestIntervalOfAllCells) {
    const std::vector<double> base(6, 1000);
    // Of six values the interval runs from the least to the largest: 1 % to 6 %.
    const std::vector<double> wide = {1010, 1020, 1030, 1040, 1050, 1060};
    const std::vector<double> narrow = {999, 1000, 1000, 1000, 1000, 1001};
    EXPECT_NEAR(widest_half_width({{base, base}, {wide, narrow}}, 0).value(), 2.5, 1e-9);
    EXPECT_NEAR(widest_half_width({{base, base}, {narrow, narrow}}, 0).value(), 0.1, 1e-9);
    // The other way round the ratios are 1/1.01 to 1/1.06.
    EXPECT_NEAR(widest_half_width({{base}, {wide}}, 1).value(), 50 * (1 / 1.01 - 1 / 1.06), 1e-9);
    // A cell that failed in one of them tells nothing.
    EXPECT_NEAR(widest_half_width({{base, base}, {{}, narrow}}, 0).value(), 0.1, 1e-9);
    // Alone: over its own rounds, whose median is 100.
    EXPECT_NEAR(widest_half_width({{{99, 100, 100, 100, 100, 102}}}, 0).value(), 1.5, 1e-9);
    EXPECT_FALSE(widest_half_width({{{1, 1, 1, 1, 1}}, {{1, 1, 1, 1, 1}}}, 0))
        << "five have no 95 % interval";
    EXPECT_FALSE(widest_half_width({{{}}, {{}}}, 0));
}

TEST(Rounds, EndWhereTheyAreEnough) {
    const RoundLimits precise = {0, 100, 1};
    EXPECT_EQ(rounds_end({5, 1000, 0.1}, precise), RoundsEnd::none) << "never fewer than six";
    EXPECT_EQ(rounds_end({6, 30, 0.9}, precise), RoundsEnd::precise);
    EXPECT_EQ(rounds_end({6, 30, 1.1}, precise), RoundsEnd::none);
    EXPECT_EQ(rounds_end({6, 30, std::nullopt}, precise), RoundsEnd::none);
    // Rounds take 10 s: after nine there is time for one more, after ten there is not.
    EXPECT_EQ(rounds_end({9, 90, 1.1}, precise), RoundsEnd::none);
    EXPECT_EQ(rounds_end({10, 100, 1.1}, precise), RoundsEnd::time_over);
    EXPECT_EQ(rounds_end({10, 50, 0.01}, {0, 100, 0}), RoundsEnd::none) << "no precision is wanted";
    EXPECT_EQ(rounds_end({1, 1000, std::nullopt}, {2, 1, 50}), RoundsEnd::none);
    EXPECT_EQ(rounds_end({2, 1000, std::nullopt}, {2, 1, 50}), RoundsEnd::counted);
}

TEST(Rounds, SayWhyTheyEnded) {
    const RoundLimits limits = {0, 100, 1};
    EXPECT_EQ(describe_end(RoundsEnd::precise, {24, 90, 0.83}, limits),
              "24 rounds: the wanted +-1 % is reached (+-0.83 %)");
    EXPECT_EQ(describe_end(RoundsEnd::time_over, {10, 100, 2.5}, limits),
              "10 rounds: the time is over before +-1 % is reached (+-2.5 %; --time SECONDS gives more)");
    EXPECT_EQ(describe_end(RoundsEnd::time_over, {10, 100, 2.5}, {0, 100, 0}),
              "10 rounds: the time is over (+-2.5 %)");
    EXPECT_EQ(describe_end(RoundsEnd::counted, {1, 5, std::nullopt}, {1, 0, 0}),
              "1 round, as asked (no interval yet)");
}

Plan two_cells() {
    return Plan{{{parse_cell("self-exec/native/aslr/argv:0p/long").value(), 2},
                 {parse_cell("self-exec/native/aslr/argv:33p/long").value(), 2}}};
}

GuestReport timed_report(const std::vector<std::uint64_t>& first, const std::vector<std::uint64_t>& second) {
    GuestReport report;
    for (const auto& ticks : {first, second}) {
        GuestCell cell;
        cell.status = ticks.empty() ? CellStatus::failed : CellStatus::ok;
        cell.reason = ticks.empty() ? "execve: E2BIG" : "";
        cell.ticks = ticks;
        report.cells.push_back(cell);
    }
    report.events_unavailable = {{"cycles:k", "this machine has no PMU"}};
    return report;
}

TEST(AssembleTimes, ARoundIsAGroupAndTicksBecomeNanoseconds) {
    const std::vector<CellResult> cells =
        assemble_times("direct", two_cells(),
                       {timed_report({200, 400}, {20, 20}), timed_report({600, 800}, {40, 40})}, 2, "");
    ASSERT_EQ(cells.size(), 2U);
    EXPECT_EQ(cells[0].strategy, "direct");
    const Metric& time = cells[0].metrics.at("time");
    EXPECT_EQ(time.unit, "ns");
    EXPECT_EQ(time.samples, (std::vector<double>{100, 200, 300, 400}));
    EXPECT_EQ(time.groups, (std::vector<std::uint64_t>{2, 2}));
    EXPECT_EQ(time.group_medians, (std::vector<double>{150, 350}));
    EXPECT_EQ(time.median, 250);
    // Never a zero instead.
    EXPECT_EQ(cells[0].metrics.count("perf.cycles:k"), 0U);
    EXPECT_EQ(cells[0].unavailable.at("perf.cycles:k"), "this machine has no PMU");
}

TEST(AssembleTimes, ACellThatFailsOnceHasFailed) {
    const std::vector<CellResult> cells =
        assemble_times("array", two_cells(), {timed_report({2, 2}, {2, 2}), timed_report({2, 2}, {})}, 1, "");
    EXPECT_EQ(cells[0].status, CellStatus::ok);
    EXPECT_EQ(cells[1].status, CellStatus::failed);
    EXPECT_FALSE(cells[1].expected);
    EXPECT_EQ(cells[1].reason, "execve: E2BIG");
    EXPECT_TRUE(cells[1].metrics.empty());
    const auto few = assemble_times("array", two_cells(), {timed_report({2}, {2, 2})}, 1, "");
    EXPECT_EQ(few[0].reason, "1 samples instead of 2");
    GuestReport half = timed_report({2, 2}, {2, 2});
    half.cells.pop_back();
    EXPECT_EQ(assemble_times("array", two_cells(), {half}, 1, "")[1].reason,
              "the guest did not report this cell");
    EXPECT_EQ(assemble_times("array", two_cells(), {}, 1, "no whole round")[0].reason, "no whole round");
}

TEST(Kvm, WhatIsWrongWithTheDevice) {
    const TemporaryDirectory directory;
    const std::string none = (directory.path / "kvm").string();
    EXPECT_EQ(
        kvm_device_problem(none),
        "there is no " + none +
            " (virtualisation is off in the firmware or not passed on to this guest, or the module is not "
            "loaded: sudo modprobe kvm_intel, or kvm_amd)");
    EXPECT_EQ(kvm_device_problem(directory.path),
              directory.path.string() + " cannot be opened: Is a directory");
    write_file_atomically(none, "");
    EXPECT_EQ(kvm_device_problem(none), "");
}

TEST(Kvm, WhatAFirstBootFound) {
    BootEvidence evidence;
    evidence.console_path = "run/kvm-probe.console.log";
    EXPECT_EQ(kvm_boot_problem({BootEnd::ok, ""}, evidence), "");
    evidence.time_out = TimeOut::wall;
    evidence.wall_limit = 30;
    evidence.emulator_ok = false;
    const BootOutcome hung = judge_lab_boot(evidence, "6.12.117 (a@b) #1", "-");
    EXPECT_EQ(
        hung.message,
        "time-out: no end within 30 s (the guest reported nothing); console log: run/kvm-probe.console.log");
    EXPECT_EQ(kvm_boot_problem({hung.end, hung.message}, evidence),
              "a guest hung: it did not end within 30 s and was stopped (it printed nothing; console log: "
              "run/kvm-probe.console.log)");
    evidence.time_out = TimeOut::none;
    evidence.emulator_status = "exit code 1";
    evidence.emulator_errors = "qemu: failed to initialize kvm: Operation not supported\n";
    const BootOutcome failed = judge_lab_boot(evidence, "6.12.117 (a@b) #1", "-");
    EXPECT_EQ(
        kvm_boot_problem({failed.end, failed.message}, evidence),
        "a guest did not boot: QEMU failed (exit code 1): qemu: failed to initialize kvm: Operation not "
        "supported; console log: run/kvm-probe.console.log");
    const std::string message = no_kvm_message("it hung");
    EXPECT_EQ(message.find("KVM does not work here: it hung. Nothing was timed.\n"), 0U);
    EXPECT_NE(message.find("counts instructions"), std::string::npos);
}

TEST(Kvm, TheGuestRunsOnThisProcessor) {
    EmulatedMachine machine;
    machine.icount = false;
    machine.accelerator = Accelerator::kvm;
    const std::vector<std::string> args = machine.args();
    const auto value = [&](const char* option) {
        const auto at = std::find(args.begin(), args.end(), option);
        return at == args.end() || at + 1 == args.end() ? std::string() : *(at + 1);
    };
    EXPECT_EQ(value("-accel"), "kvm");
    EXPECT_EQ(value("-cpu"), "host,migratable=off");
    EXPECT_EQ(value("-smp"), "1");
    EXPECT_EQ(std::count(args.begin(), args.end(), "-icount"), 0);
    EXPECT_EQ(std::count(args.begin(), args.end(), "-mem-prealloc"), 1);
    EXPECT_EQ(machine.cmdline().find("noapictimer"), std::string::npos);
    // The counting machine is as it was: its options are part of every reference.
    EXPECT_EQ(EmulatedMachine().args()[5], "tcg");
}

TEST(Pinning, TheProcessorsThreadByItsName) {
    EXPECT_TRUE(is_first_processor("CPU 0/KVM\n"));
    EXPECT_TRUE(is_first_processor("CPU 0/TCG\n"));
    EXPECT_FALSE(is_first_processor("CPU 1/KVM\n"));
    EXPECT_FALSE(is_first_processor("qemu-system-x86\n"));
}

}  // namespace
}  // namespace stackshift
