// SPDX-License-Identifier: MIT
#include "report/claim_moves.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/entries.h"
#include "report/move.h"

namespace stackshift {
namespace {

constexpr Configuration kNativeAslr = kConfigurations[0];
constexpr Configuration kNativeNoAslr = kConfigurations[1];
constexpr Configuration kI386Aslr = kConfigurations[2];
constexpr Configuration kI386NoAslr = kConfigurations[3];

/// The smallest operation of a path.
Row minimal(ExecPath path) {
    Row row;
    row.path = path;
    return row;
}

/// What the move is of an operation: what the yardstick, which makes none, saves under ASLR. Not what ASLR
/// costs, as move_of() has it for native execs: ASLR costs more than the move (docs/paths.md).
std::optional<Extra> move_in(const ClaimFacts& facts, const Row& row, const Configuration& configuration) {
    if (!facts.exact) return std::nullopt;
    return extra_of(*facts.exact, facts.contender(kYardstick), row, configuration);
}

/// TLB flushes of mainline per exec, full ones and pages flushed one by one.
struct Flushes {
    double full = 0;
    double pages = 0;
};

std::optional<Flushes> flushes_in(const ClaimFacts& facts, const Row& row,
                                  const Configuration& configuration) {
    const CellResult* cell = facts.exact->contenders.front().find(row, configuration);
    const Metric* full = find_metric(cell, metrics::kFlushAll);
    const Metric* pages = find_metric(cell, metrics::kFlushOne);
    if (!full || !pages) return std::nullopt;
    return Flushes{full->mean, pages->mean};
}

std::string flushes_text(const Flushes& flushes) {
    return fmt::format("{:.2f} full TLB flushes and {:.2f} of single pages", flushes.full, flushes.pages);
}

/// How many of the self-execs in a configuration are so.
struct Counted {
    std::size_t so = 0;
    std::size_t all = 0;
};

template <typename IsSo>
Counted count_self_execs(const ClaimFacts& facts, const Configuration& configuration, const IsSo& is_so) {
    Counted counted;
    for (const Row& row : counted_rows(*facts.exact, ExecPath::self_exec, configuration)) {
        ++counted.all;
        counted.so += is_so(row) ? 1 : 0;
    }
    return counted;
}

/// Self-execs that flush at least once per exec on average.
Counted flushing(const ClaimFacts& facts, const Configuration& configuration) {
    return count_self_execs(facts, configuration, [&](const Row& row) {
        const std::optional<Flushes> flushes = flushes_in(facts, row, configuration);
        return flushes && flushes->full + flushes->pages >= 1;
    });
}

/// What ASLR costs a minimal native exec in time, or an empty text.
std::string time_text(const ClaimFacts& facts) {
    if (!facts.clock) return "";
    const std::optional<Move> move = move_of(*facts.clock, minimal(ExecPath::self_exec), Abi::native);
    if (!move) return "";
    return fmt::format(
        " By the clock, ASLR takes {} of the {} ns of a minimal native exec ({}{}), the move included.",
        grouped(move->cost), grouped(find_metric(move->whole, metrics::kTime)->median),
        percent_text(move->percent), move->told ? "" : ", lost in the noise");
}

/// What the move is of a shell's command.
struct ShellShare {
    double percent = 0;
    std::string text;
};

/// By the move of a vfork-exec, which is how the shell is started: the addresses of its libraries make the
/// shell's own count vary by more than the move (docs/paths.md).
std::optional<ShellShare> move_in_shell(const ClaimFacts& facts) {
    const std::optional<Extra> vfork = move_in(facts, minimal(ExecPath::vfork_exec), kNativeAslr);
    if (!vfork) return std::nullopt;
    const Metric* shell = find_metric(
        facts.exact->contenders.front().find(minimal(ExecPath::shell), kNativeAslr), metrics::kInstructions);
    if (!shell || shell->median == 0) return std::nullopt;
    ShellShare share;
    share.percent = vfork->saves() ? -100 * vfork->count / shell->median : 0;
    share.text = fmt::format("{} of the {} instructions of a shell's command, if it takes as much there",
                             percent_text(share.percent), grouped(shell->median));
    return share;
}

/// What the move is of execs with strings as they occur, or an empty text.
std::string typical_text(const ClaimFacts& facts) {
    std::vector<double> shares;
    for (const Row& row : counted_rows(*facts.exact, ExecPath::self_exec, kNativeAslr)) {
        if (row.shape < Shape::typical) continue;
        if (const std::optional<Extra> move = move_in(facts, row, kNativeAslr))
            shares.push_back(move->saved_percent());
    }
    if (shares.empty()) return "";
    const auto [least, most] = std::minmax_element(shares.begin(), shares.end());
    return fmt::format(" In execs alone, with strings as they occur, it takes {}{}.",
                       least == most ? "" : percent_text(*least) + " to ", percent_text(*most));
}

constexpr const char* kNoMinimal = "a minimal exec of pristine (or relocate) and of direct with ASLR";

}  // namespace

Judgement judge_compat_pays(const ClaimFacts& facts) {
    const std::optional<Extra> move = move_in(facts, minimal(ExecPath::self_exec), kI386Aslr);
    if (!move) return wanting(fmt::format("i386: {}", kNoMinimal));
    Counted flushed = flushing(facts, kI386Aslr);
    const Counted fixed = flushing(facts, kI386NoAslr);
    flushed.so += fixed.so;
    flushed.all += fixed.all;
    const bool pays = move->saved_percent() > kSmallPercent;
    const bool each = flushed.so == flushed.all;
    return {pays && each   ? ClaimVerdict::confirmed
            : pays || each ? ClaimVerdict::partly
                           : ClaimVerdict::refuted,
            fmt::format(
                "Moving takes {} in a minimal i386 exec. {} i386 self-exec cells, {} of them without ASLR, "
                "flush the TLB at least once per exec.",
                saved_text(*move), share_of(flushed.so, flushed.all), fixed.so)};
}

Judgement judge_native_pays(const ClaimFacts& facts) {
    const std::optional<Extra> move = move_in(facts, minimal(ExecPath::self_exec), kNativeAslr);
    if (!move) return wanting(fmt::format("native: {}", kNoMinimal));
    const Counted told = count_self_execs(facts, kNativeAslr, [&](const Row& row) {
        const std::optional<Extra> extra = move_in(facts, row, kNativeAslr);
        return extra && extra->saves();
    });
    const Counted fixed = flushing(facts, kNativeNoAslr);
    return {
        move->saved_percent() > kSmallPercent ? ClaimVerdict::confirmed
        : move->saves()                       ? ClaimVerdict::partly
                                              : ClaimVerdict::refuted,
        fmt::format("Moving takes {} in a minimal native exec. It is above the floor in {} native self-exec "
                    "cells with ASLR. Without ASLR, {} cells flush the TLB in each exec.",
                    saved_text(*move), share_of(told.so, told.all), share_of(fixed.so, fixed.all))};
}

Judgement judge_unacceptable(const ClaimFacts& facts) {
    const std::optional<Extra> exec = move_in(facts, minimal(ExecPath::self_exec), kNativeAslr);
    const std::optional<Extra> vfork = move_in(facts, minimal(ExecPath::vfork_exec), kNativeAslr);
    const std::optional<ShellShare> shell = move_in_shell(facts);
    if (!exec || !vfork || !shell)
        return wanting(fmt::format("native, as self-exec, vfork-exec and shell: {}", kNoMinimal));
    const std::optional<Extra> compat = move_in(facts, minimal(ExecPath::vfork_exec), kI386Aslr);
    const bool for_parents = vfork->saved_percent() > kLargePercent;
    const bool for_shells = shell->percent > kSmallPercent;
    return {
        for_parents && for_shells   ? ClaimVerdict::confirmed
        : for_parents || for_shells ? ClaimVerdict::partly
                                    : ClaimVerdict::refuted,
        fmt::format(
            "Natively, moving takes {} in a minimal exec, {} in vfork, exec and wait, and {}.{}{}",
            saved_text(*exec), saved_text(*vfork), shell->text,
            compat ? fmt::format(" For i386 it takes {} in vfork, exec and wait.", saved_text(*compat)) : "",
            time_text(facts))};
}

Judgement judge_unnoticed(const ClaimFacts& facts) {
    const std::optional<ShellShare> shell = move_in_shell(facts);
    if (!shell)
        return wanting(
            "a minimal vfork-exec and shell of pristine (or relocate), with ASLR, and the vfork-exec of "
            "direct");
    return {
        shell->percent <= kSmallPercent  ? ClaimVerdict::confirmed
        : shell->percent > kLargePercent ? ClaimVerdict::refuted
                                         : ClaimVerdict::partly,
        fmt::format("Moving takes {}.{} Who noticed is not for us to measure, and neither is what a whole "
                    "load does beside its execs.",
                    shell->text, typical_text(facts))};
}

Judgement judge_flushes(const ClaimFacts& facts) {
    const Row row = minimal(ExecPath::self_exec);
    if (!facts.exact) return wanting("TLB flushes of pristine or relocate");
    const std::optional<Flushes> moved = flushes_in(facts, row, kNativeAslr);
    const std::optional<Flushes> unmoved = flushes_in(facts, row, kNativeNoAslr);
    const std::optional<Flushes> compat = flushes_in(facts, row, kI386Aslr);
    if (!moved || !unmoved || !compat)
        return wanting("TLB flushes of a minimal exec: native with and without ASLR, i386 with it");
    // The least that says "in most execs".
    constexpr double kMost = 0.5;
    const bool flushes = moved->full - unmoved->full > kMost && compat->full > kMost;
    return {flushes ? ClaimVerdict::partly : ClaimVerdict::refuted,
            fmt::format("Per minimal exec: i386, {}; native with ASLR, {}; native without, where nothing is "
                        "moved, {}. A cache flush cannot be seen: flush_cache_range() is empty on x86.",
                        flushes_text(*compat), flushes_text(*moved), flushes_text(*unmoved))};
}

}  // namespace stackshift
