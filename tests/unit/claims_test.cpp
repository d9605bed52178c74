// SPDX-License-Identifier: MIT
// The claims of the thread of 2009: each verdict flips where its figure crosses its threshold, and what was
// not measured is said to be so.
#include "report/claims.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "guest/groups.h"
#include "report/text_table.h"
#include "report/thread_text.h"
#include "results/metrics.h"
#include "support/made_results.h"
#include "support/pages.h"
#include "util/files.h"

namespace stackshift {
namespace {

using Status = CheckRow::Status;

constexpr const char* kNative = "self-exec/native/aslr/argv:0p/long";
constexpr const char* kNativeFixed = "self-exec/native/noaslr/argv:0p/long";
constexpr const char* kI386 = "self-exec/i386/aslr/argv:0p/long";
constexpr const char* kVfork = "vfork-exec/native/aslr/argv:0p/long";
constexpr const char* kShell = "shell/native/aslr/argv:0p/long";

/// Three seeds that agree: the floor is 0.
Groups same(double count) {
    return {{count}, {count}, {count}};
}

/// One exact result to which cells are added.
struct Exact {
    Evidence evidence;
    Exact() { evidence.exact.push_back(made_result(Instrument::exact)); }
    Exact& count(const std::string& strategy, const std::string& cell, double count) {
        made_count(evidence.exact.front(), strategy, cell, same(count));
        return *this;
    }
    /// Of the cell added last: what vmstat counts per exec.
    Exact& metric(const char* name, double mean) {
        evidence.exact.front().cells.back().metrics[name] = made_metric("1", same(mean), true);
        return *this;
    }
    Exact& flushes(double full, double pages) {
        return metric(metrics::kFlushAll, full).metric(metrics::kFlushOne, pages);
    }
    Exact& fails(const std::string& strategy, const std::string& cell) {
        made_cell(evidence.exact.front(), strategy, cell).status = CellStatus::failed;
        return *this;
    }
};

CheckResult check_of(const std::vector<CheckRow>& rows) {
    CheckResult check;
    check.rows = rows;
    return check;
}

CheckRow row(const std::string& strategy, const std::string& test, Status status = Status::ok,
             const std::string& seen = "") {
    return {strategy, test, "serial", status, seen, ""};
}

Claim claim_of(const Evidence& evidence, ClaimId id) {
    return judge_claims(evidence).at(static_cast<std::size_t>(id));
}

ClaimVerdict verdict_of(const Evidence& evidence, ClaimId id) {
    return claim_of(evidence, id).verdict;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(Claims, StandInTheOrderOfTheirIds) {
    const std::vector<Claim> claims = judge_claims({});
    ASSERT_EQ(claims.size(), kSpellings<ClaimId>.size());
    for (std::size_t i = 0; i < claims.size(); ++i) EXPECT_EQ(static_cast<std::size_t>(claims[i].id), i);
}

TEST(Claims, WithoutResultsNothingIsMeasured) {
    for (const Claim& claim : judge_claims({})) {
        const bool ever = claim.id != ClaimId::hard_to_maintain;
        EXPECT_EQ(claim.verdict, ever ? ClaimVerdict::not_measured : ClaimVerdict::not_measurable)
            << to_string(claim.id);
        if (!ever) continue;
        EXPECT_TRUE(has(claim.measured, "Not in these results: ")) << claim.measured;
        EXPECT_TRUE(has(claim.measured, std::string(claim.command))) << claim.measured;
    }
}

TEST(Claims, CompatPaysIfItsMoveIsWorthAWordAndEachExecFlushes) {
    const auto evidence = [](double direct, double flushes) {
        return Exact()
            .count("pristine", kI386, 1000)
            .flushes(flushes, 0)
            .count("direct", kI386, direct)
            .evidence;
    };
    EXPECT_EQ(verdict_of(evidence(989, 1), ClaimId::compat_pays), ClaimVerdict::confirmed);
    EXPECT_EQ(verdict_of(evidence(990, 1), ClaimId::compat_pays), ClaimVerdict::partly) << "1 % is not more";
    EXPECT_EQ(verdict_of(evidence(989, 0.9), ClaimId::compat_pays), ClaimVerdict::partly);
    EXPECT_EQ(verdict_of(evidence(990, 0.9), ClaimId::compat_pays), ClaimVerdict::refuted);
    const std::string measured = claim_of(evidence(900, 1), ClaimId::compat_pays).measured;
    EXPECT_TRUE(has(measured, "100 of 1,000 instructions (10.0 %)")) << measured;
    EXPECT_TRUE(has(measured, "1 of 1 i386 self-exec cells")) << measured;
}

TEST(Claims, WhatTheDrawsMakeIsNoCost) {
    Evidence evidence;
    Result& result = evidence.exact.emplace_back(made_result(Instrument::exact));
    // 100 less at each seed, and the seeds lie 500 apart.
    made_count(result, "pristine", kNative, {{500}, {1000}, {1500}});
    made_count(result, "direct", kNative, {{400}, {900}, {1400}});
    const Claim claim = claim_of(evidence, ClaimId::native_pays);
    EXPECT_EQ(claim.verdict, ClaimVerdict::refuted);
    EXPECT_TRUE(has(claim.measured, "(10.0 %, not above the floor)")) << claim.measured;
}

TEST(Claims, NativePays) {
    const auto verdict = [](double direct) {
        return verdict_of(Exact().count("pristine", kNative, 1000).count("direct", kNative, direct).evidence,
                          ClaimId::native_pays);
    };
    EXPECT_EQ(verdict(989), ClaimVerdict::confirmed);
    EXPECT_EQ(verdict(990), ClaimVerdict::partly);
    EXPECT_EQ(verdict(1000), ClaimVerdict::refuted);
}

TEST(Claims, RelocateIsMainlineToo) {
    const Evidence evidence = Exact()
                                  .count("early", kNative, 1000)
                                  .count("relocate", kNative, 1000)
                                  .count("direct", kNative, 900)
                                  .evidence;
    EXPECT_EQ(verdict_of(evidence, ClaimId::native_pays), ClaimVerdict::confirmed);
    const Evidence other = Exact().count("early", kNative, 1000).count("direct", kNative, 900).evidence;
    EXPECT_EQ(verdict_of(other, ClaimId::native_pays), ClaimVerdict::not_measured);
}

/// A minimal exec and a vfork-exec of 1000 instructions, of which direct leaves `vfork`, and a shell of
/// `shell`.
Evidence operations(double vfork, double shell) {
    return Exact()
        .count("pristine", kNative, 1000)
        .count("pristine", kVfork, 1000)
        .count("pristine", kShell, shell)
        .count("direct", kNative, 800)
        .count("direct", kVfork, vfork)
        .evidence;
}

TEST(Claims, UnacceptableIsMeantForParentsAndShells) {
    // 60 of 1000 are 6 %, of 5999 more than 1 %, of 6000 just that; 50 of 1000 are 5 %.
    EXPECT_EQ(verdict_of(operations(940, 5999), ClaimId::unacceptable), ClaimVerdict::confirmed);
    EXPECT_EQ(verdict_of(operations(940, 6000), ClaimId::unacceptable), ClaimVerdict::partly);
    EXPECT_EQ(verdict_of(operations(950, 4999), ClaimId::unacceptable), ClaimVerdict::partly);
    EXPECT_EQ(verdict_of(operations(950, 5000), ClaimId::unacceptable), ClaimVerdict::refuted);
    const std::string measured = claim_of(operations(900, 20000), ClaimId::unacceptable).measured;
    EXPECT_EQ(measured,
              "Natively, moving takes 200 of 1,000 instructions (20.0 %) in a minimal exec, 100 of 1,000 "
              "instructions (10.0 %) in vfork, exec and wait, and 0.50 % of the 20,000 instructions of a "
              "shell's command, if it takes as much there.");
    const Evidence without = Exact().count("pristine", kNative, 1000).count("direct", kNative, 800).evidence;
    EXPECT_EQ(verdict_of(without, ClaimId::unacceptable), ClaimVerdict::not_measured);
}

TEST(Claims, TimeIsToldBesideTheCount) {
    Evidence evidence = operations(900, 20000);
    Result& clock = evidence.clock.emplace_back(made_result(Instrument::clock));
    made_kernel(clock, "running", 'd');
    made_time(clock, kNative, {{400}, {400}, {400}, {400}, {400}, {400}});
    made_time(clock, kNativeFixed, {{300}, {300}, {300}, {300}, {300}, {300}});
    const std::string measured = claim_of(evidence, ClaimId::unacceptable).measured;
    EXPECT_TRUE(has(measured, "ASLR takes 100 of the 400 ns of a minimal native exec (25.0 %)")) << measured;
}

TEST(Claims, NobodyNoticesOnePercentOfAShell) {
    EXPECT_EQ(verdict_of(operations(900, 10000), ClaimId::unnoticed), ClaimVerdict::confirmed);
    EXPECT_EQ(verdict_of(operations(900, 9999), ClaimId::unnoticed), ClaimVerdict::partly);
    EXPECT_EQ(verdict_of(operations(900, 2000), ClaimId::unnoticed), ClaimVerdict::partly);
    EXPECT_EQ(verdict_of(operations(900, 1999), ClaimId::unnoticed), ClaimVerdict::refuted);
    EXPECT_EQ(verdict_of(operations(1001, 1999), ClaimId::unnoticed), ClaimVerdict::confirmed) << "no cost";
    Evidence evidence = operations(900, 10000);
    Result& result = evidence.exact.front();
    made_count(result, "pristine", "self-exec/native/aslr/both:1p/typical", same(1000));
    made_count(result, "direct", "self-exec/native/aslr/both:1p/typical", same(920));
    EXPECT_TRUE(has(claim_of(evidence, ClaimId::unnoticed).measured, "it takes 8.0 %."));
    made_count(result, "pristine", "self-exec/native/aslr/both:26p/linker", same(10000));
    made_count(result, "direct", "self-exec/native/aslr/both:26p/linker", same(9930));
    EXPECT_TRUE(has(claim_of(evidence, ClaimId::unnoticed).measured, "it takes 0.70 % to 8.0 %."));
}

TEST(Claims, CachesAreNotSeenToBeFlushed) {
    const auto evidence = [](double native, double i386) {
        return Exact()
            .count("pristine", kNative, 1000)
            .flushes(native, 1)
            .count("pristine", kNativeFixed, 900)
            .flushes(0, 0)
            .count("pristine", kI386, 1000)
            .flushes(i386, 1)
            .evidence;
    };
    EXPECT_EQ(verdict_of(evidence(0.94, 1), ClaimId::flushes), ClaimVerdict::partly);
    EXPECT_EQ(verdict_of(evidence(0.5, 1), ClaimId::flushes), ClaimVerdict::refuted);
    EXPECT_EQ(verdict_of(evidence(0.94, 0.5), ClaimId::flushes), ClaimVerdict::refuted);
    const std::string measured = claim_of(evidence(0.94, 1), ClaimId::flushes).measured;
    EXPECT_TRUE(has(measured, "native with ASLR, 0.94 full TLB flushes and 1.00 of single pages;"))
        << measured;
}

TEST(Claims, UserstackCostsWhereNothingIsMoved) {
    const auto evidence = [](double small, double large) {
        return Exact()
            .count("pristine", kNative, 1000)
            .count("pristine", kNativeFixed, 800)
            .count("pristine", "self-exec/native/noaslr/argv:8p/long", 5000)
            .count("userstack", kNative, 950)
            .count("userstack", kNativeFixed, small)
            .count("userstack", "self-exec/native/noaslr/argv:8p/long", large)
            .evidence;
    };
    EXPECT_EQ(verdict_of(evidence(801, 5001), ClaimId::userstack_overhead), ClaimVerdict::confirmed);
    EXPECT_EQ(verdict_of(evidence(801, 5000), ClaimId::userstack_overhead), ClaimVerdict::partly);
    EXPECT_EQ(verdict_of(evidence(800, 5000), ClaimId::userstack_overhead), ClaimVerdict::refuted);
    const std::string measured = claim_of(evidence(840, 5001), ClaimId::userstack_overhead).measured;
    EXPECT_TRUE(has(measured,
                    "takes more in 2 of 2 cells; a minimal exec takes 40 instructions (5.0 %) more than "
                    "mainline's 800."))
        << measured;
    EXPECT_TRUE(has(measured, "takes more in 0 of 1, and a minimal exec 50 instructions (5.0 %) less"))
        << measured;
}

TEST(Claims, UserstackCollides) {
    const auto verdict = [](Status status) {
        Evidence evidence;
        evidence.checks = {
            check_of({row("userstack", "parents/stack-neighbour-native", status, "E2BIG instead of ok"),
                      row("userstack", "parents/stack-neighbour-native-counted"),
                      row("direct", "parents/stack-neighbour-native")})};
        return verdict_of(evidence, ClaimId::userstack_collides);
    };
    EXPECT_EQ(verdict(Status::ok), ClaimVerdict::refuted);
    EXPECT_EQ(verdict(Status::deviation), ClaimVerdict::confirmed);
    EXPECT_EQ(verdict(Status::skipped), ClaimVerdict::not_measured);
}

TEST(Claims, OneLimitRefutesThatRlimitsPoseNoProblem) {
    const auto claim = [](Status status) {
        Evidence evidence;
        evidence.checks = {
            check_of({row("userstack", "args/limit-6mib-native"),
                      row("userstack", "environment/stack-64k-native-room"),
                      row("userstack", "environment/mlockall-user-native-big", status, "E2BIG"),
                      // No limit is set in these.
                      row("userstack", "environment/stack-header-x-native", Status::deviation),
                      row("userstack", "environment/mlockall-root-native", Status::deviation)})};
        return claim_of(evidence, ClaimId::userstack_rlimits);
    };
    EXPECT_EQ(claim(Status::ok).verdict, ClaimVerdict::confirmed);
    EXPECT_EQ(claim(Status::deviation).verdict, ClaimVerdict::refuted);
    EXPECT_TRUE(has(claim(Status::deviation).measured, "1 of 3 tests")) << claim(Status::deviation).measured;
}

TEST(Claims, AFailureThatMainlineHasNotIsNew) {
    const auto verdict = [](Status status, const char* seen) {
        Evidence evidence;
        evidence.checks = {check_of({row("userstack", "parents/thread-native", status, seen)})};
        return verdict_of(evidence, ClaimId::userstack_failures);
    };
    EXPECT_EQ(verdict(Status::deviation, "E2BIG instead of ok"), ClaimVerdict::confirmed);
    EXPECT_EQ(verdict(Status::deviation, "33 instead of 34"), ClaimVerdict::refuted);
    EXPECT_EQ(verdict(Status::ok, "E2BIG"), ClaimVerdict::refuted) << "mainline says so too";
    const char* thread = "thread-exec/native/aslr/argv:0p/long";
    EXPECT_EQ(verdict_of(Exact().count("pristine", thread, 1000).fails("userstack", thread).evidence,
                         ClaimId::userstack_failures),
              ClaimVerdict::confirmed);
    EXPECT_EQ(verdict_of(Exact().count("pristine", thread, 1000).count("userstack", thread, 1000).evidence,
                         ClaimId::userstack_failures),
              ClaimVerdict::not_measured)
        << "cells cannot show that nothing fails";
}

Evidence crowd(double list, Status killed, const char* kills) {
    Evidence evidence = Exact().count("pristine", kI386, 1000).count("pagelist", kI386, list).evidence;
    evidence.checks = {
        check_of({row("pagelist", "swap/crowd-pinned", Status::deviation, "6 MiB each instead of 0 MiB each"),
                  row("pagelist", "swap/crowd-limited-succeeds", killed, "1 of 4 instead of 4 of 4"),
                  row("pagelist", "swap/crowd-limited-oom-kills", killed, kills),
                  row("shmem", "swap/crowd-pinned", Status::ok, "0 MiB each"),
                  row("shmem", "swap/crowd-limited-succeeds", Status::ok, "4 of 4"),
                  row("shmem", "swap/crowd-limited-oom-kills", Status::ok, "0")})};
    return evidence;
}

TEST(Claims, TheLesserEvilKillsAndSaves) {
    EXPECT_EQ(verdict_of(crowd(989, Status::ok, "0"), ClaimId::lesser_evil), ClaimVerdict::confirmed);
    EXPECT_EQ(verdict_of(crowd(989, Status::deviation, "3"), ClaimId::lesser_evil), ClaimVerdict::partly);
    EXPECT_EQ(verdict_of(crowd(990, Status::ok, "0"), ClaimId::lesser_evil), ClaimVerdict::refuted);
    const std::string measured =
        claim_of(crowd(900, Status::deviation, "3 instead of 0"), ClaimId::lesser_evil).measured;
    EXPECT_TRUE(has(
        measured,
        "pagelist keeps 6 MiB each, then 1 of 4 arrive intact, OOM kills: 3; shmem keeps 0 MiB each, then 4 "
        "of 4 arrive intact, OOM kills: 0."))
        << measured;
    Evidence counted = crowd(900, Status::ok, "0");
    counted.checks.clear();
    EXPECT_EQ(verdict_of(counted, ClaimId::lesser_evil), ClaimVerdict::not_measured);
    Evidence tested = crowd(900, Status::ok, "0");
    tested.exact.clear();
    EXPECT_EQ(verdict_of(tested, ClaimId::lesser_evil), ClaimVerdict::not_measured);
}

TEST(Claims, AnInodeCanBeSwappedIfEachTestSaysSo) {
    const auto verdict = [](Status one, Status other) {
        Evidence evidence;
        evidence.checks = {
            check_of({row("shmem", "swap/on", one), row("shmem", "swap/limited-succeeds-64", other)})};
        return verdict_of(evidence, ClaimId::swappable);
    };
    EXPECT_EQ(verdict(Status::ok, Status::ok), ClaimVerdict::confirmed);
    EXPECT_EQ(verdict(Status::ok, Status::failed), ClaimVerdict::partly);
    EXPECT_EQ(verdict(Status::deviation, Status::failed), ClaimVerdict::refuted);
}

TEST(Claims, HowHardToMaintainIsNotMeasured) {
    Evidence evidence;
    evidence.checks = {check_of({row("shmem", "swap/on"), row("shmem", "args/a", Status::deviation)})};
    evidence.sizes = {{"shmem", "1 patch, 2 files", {}}, {"pagelist", "1 patch, 1 file", {}}};
    const Claim claim = claim_of(evidence, ClaimId::hard_to_maintain);
    EXPECT_EQ(claim.verdict, ClaimVerdict::not_measurable);
    EXPECT_TRUE(has(claim.measured,
                    "shmem's patches: 1 patch, 2 files; pagelist's, which cannot be swapped: 1 patch, "
                    "1 file. 1 of 2 tests"))
        << claim.measured;
}

TEST(Claims, AListIsAdequateIfNothingFails) {
    const char* large = "self-exec/native/aslr/argv:33p/long";
    Exact counted;
    counted.count("pristine", kNative, 1000).count("pristine", large, 9000).count("pagelist", kNative, 900);
    Exact failing = counted;
    counted.count("pagelist", large, 8000);
    failing.fails("pagelist", large);
    EXPECT_EQ(verdict_of(counted.evidence, ClaimId::linked_list), ClaimVerdict::confirmed);
    EXPECT_EQ(verdict_of(failing.evidence, ClaimId::linked_list), ClaimVerdict::partly);
    counted.evidence.checks = {check_of({row("pagelist", "args/limit-6mib-native", Status::failed)})};
    EXPECT_EQ(verdict_of(counted.evidence, ClaimId::linked_list), ClaimVerdict::partly);
}

TEST(Claims, PagesOfNoAddressSpaceTakeNoFaults) {
    const auto evidence = [](double pagelist, double mainline) {
        const char* small = "self-exec/native/aslr/argv:1p/long";
        const char* large = "self-exec/native/aslr/argv:33p/long";
        return Exact()
            .count("pristine", small, 1000)
            .metric(metrics::kPageFaults, 3)
            .count("pristine", large, 9000)
            .metric(metrics::kPageFaults, mainline)
            .count("pagelist", small, 1000)
            .metric(metrics::kPageFaults, 2)
            .count("pagelist", large, 9000)
            .metric(metrics::kPageFaults, pagelist)
            .evidence;
    };
    // (35 - 3) / 32 pages = 1; (2 - 2) / 32 = 0; (18 - 2) / 32 = 0.5.
    EXPECT_EQ(verdict_of(evidence(2, 35), ClaimId::get_user_pages), ClaimVerdict::confirmed);
    EXPECT_EQ(verdict_of(evidence(18, 35), ClaimId::get_user_pages), ClaimVerdict::refuted);
    EXPECT_EQ(verdict_of(evidence(2, 3), ClaimId::get_user_pages), ClaimVerdict::refuted);
    const std::string measured = claim_of(evidence(2, 35), ClaimId::get_user_pages).measured;
    EXPECT_TRUE(has(measured, "mainline 1.00, pagelist 0.00.")) << measured;
}

/// The word behind an option of a command, cut at its commas.
Lines values_of(const std::string& command, const std::string& option) {
    Lines values;
    const Lines words = split_command(command);
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i] != option) continue;
        std::istringstream in(words[i + 1]);
        for (std::string value; std::getline(in, value, ',');) values.push_back(value);
    }
    return values;
}

TEST(Claims, CommandsNameWhatThereIs) {
    std::size_t seen = 0;
    for (const Claim& claim : judge_claims({})) {
        const std::string command(claim.command);
        for (const std::string& strategy : values_of(command, "--strategies")) {
            EXPECT_TRUE(std::filesystem::exists(PROJECT_DIR "/kernels/patches/" + strategy)) << command;
            ++seen;
        }
        for (const std::string& group : values_of(command, "--groups"))
            EXPECT_TRUE(parse_group(group)) << command;
    }
    EXPECT_GT(seen, judge_claims({}).size());
}

/// The table's rows must name the claims as the command does, and say of those whose figures are shown below
/// what the command says.
TEST(Claims, ThePageHasThemAll) {
    const std::string page = read_file(PROJECT_DIR "/docs/thread.md");
    std::size_t shown = 0;
    for (const Claim& claim : judge_claims({})) {
        const std::string row = fmt::format("\n| {} | {} | ", claim.statement, to_string(claim.who));
        EXPECT_TRUE(has(page, row)) << row;
        const std::string title = fmt::format("\n{} ({}): ", claim.statement, to_string(claim.who));
        const std::size_t at = page.find(title);
        if (at == std::string::npos) continue;
        const std::size_t verdict = at + title.size();
        EXPECT_TRUE(has(page, row + page.substr(verdict, page.find('\n', verdict) - verdict))) << title;
        ++shown;
    }
    EXPECT_GE(shown, 7U);
}

TEST(ThreadText, AnswersFirst) {
    Evidence evidence = operations(940, 5999);
    const std::string text = thread_text(judge_claims(evidence));
    EXPECT_TRUE(text.starts_with(
        "14 claims of the thread of 2009: 2 confirmed, 1 partly, 1 not measurable, 10 not "
        "measured.\n\n  not measured    Every compat exec pays for the move (David Miller)\n"))
        << text;
    EXPECT_TRUE(has(text,
                    "\nIn practice the move is too small to notice (Hugh Dickins): partly\n"
                    "  \"I do wonder if it's been noticed as a regression in practice\"\n"))
        << text;
    EXPECT_TRUE(has(
        text,
        "  Rule: confirmed: at most 1 % of a shell's command; refuted: more than 5 %; partly: in between.\n"))
        << text;
    EXPECT_TRUE(has(text, "    ./run.sh lab --strategies pristine,direct\n")) << text;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), kLineWidth) << line;
}

TEST(ThreadText, IsPlain) {
    Evidence evidence;
    evidence.checks = {
        check_of({row("userstack", "parents/stack-neighbour-native", Status::failed, "\x1b[31mE2BIG")})};
    const std::string text = thread_text(judge_claims(evidence));
    EXPECT_TRUE(has(text, "?[31mE2BIG")) << text;
    EXPECT_FALSE(has(text, "\x1b"));
}

}  // namespace
}  // namespace stackshift
