// SPDX-License-Identifier: MIT
#include "report/claim_staging.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace stackshift {
namespace {

using Status = CheckRow::Status;

constexpr const char* kList = "pagelist";
constexpr const char* kInode = "shmem";

/// What several execs of nearly 6 MiB come to (bench/conform/tests/swap_tests.cpp, crowd()).
struct Crowd {
    const CheckRow* pinned = nullptr;     ///< "6 MiB each"
    const CheckRow* intact = nullptr;     ///< "1 of 4", in a group that has room for half of them
    const CheckRow* oom_kills = nullptr;  ///< "3", there
};

/// Nothing unless all of it was seen.
std::optional<Crowd> crowd_of(const ClaimFacts& facts, const std::string& strategy) {
    const auto row = [&](const char* test) -> const CheckRow* {
        const std::vector<const CheckRow*> rows = facts.rows_of(strategy, Pattern(test));
        return rows.empty() ? nullptr : rows.front();
    };
    const Crowd crowd = {row("swap/crowd-pinned"), row("swap/crowd-limited-succeeds"),
                         row("swap/crowd-limited-oom-kills")};
    if (!crowd.pinned || !crowd.intact || !crowd.oom_kills) return std::nullopt;
    return crowd;
}

/// What was seen, without what mainline shows: "3 instead of 0" is "3".
std::string seen_in(const CheckRow& row) {
    return row.seen.substr(0, row.seen.find(" instead of "));
}

std::string crowd_text(const std::string& strategy, const Crowd& crowd) {
    return fmt::format("{} keeps {}, then {} arrive intact, OOM kills: {}", strategy, seen_in(*crowd.pinned),
                       seen_in(*crowd.intact), seen_in(*crowd.oom_kills));
}

std::optional<Extra> minimal_extra(const ClaimFacts& facts, const std::string& strategy,
                                   const Configuration& configuration) {
    if (!facts.exact) return std::nullopt;
    return extra_of(*facts.exact, facts.contender(strategy), Row(), configuration);
}

/// How many of a strategy's rows end as mainline's.
struct Alike {
    std::size_t rows = 0;
    std::size_t all = 0;
};

Alike alike_rows(const ClaimFacts& facts, const std::string& strategy, const char* names) {
    Alike alike;
    for (const CheckRow* row : facts.rows_of(strategy, Pattern(names))) {
        ++alike.all;
        alike.rows += row->status == Status::ok ? 1 : 0;
    }
    return alike;
}

ClaimVerdict verdict_of(const Alike& alike) {
    if (alike.rows == 0) return ClaimVerdict::refuted;
    return alike.rows == alike.all ? ClaimVerdict::confirmed : ClaimVerdict::partly;
}

/// Of the cells that mainline counts in, those in which a strategy does.
Alike counted_cells(const ClaimFacts& facts, const Contender& contender) {
    Alike counted;
    for (const auto& [name, base] : facts.exact->contenders.front().cells) {
        const auto cell = contender.cells.find(name);
        if (base->status != CellStatus::ok || cell == contender.cells.end()) continue;
        ++counted.all;
        counted.rows += cell->second->status == CellStatus::ok ? 1 : 0;
    }
    return counted;
}

/// What each page of strings takes of page faults, from the smallest to the largest long argv that a
/// contender counts in. The first page is left out: an exec without payload has it too.
std::optional<double> faults_per_page(const View& view, const Contender& contender) {
    const CellResult* small = nullptr;
    const CellResult* large = nullptr;
    for (const Row& row : view.rows_of(ExecPath::self_exec, true)) {
        const CellResult* cell = contender.find(row, kConfigurations[0]);
        if (row.pages == 0 || !find_metric(cell, metrics::kPageFaults)) continue;
        (small ? large : small) = cell;
    }
    if (!small || !large) return std::nullopt;
    return (find_metric(large, metrics::kPageFaults)->mean - find_metric(small, metrics::kPageFaults)->mean) /
           (large->cell.pages - small->cell.pages);
}

/// With two decimals, and no sign at a 0.
std::string faults_text(double faults) {
    return fmt::format("{:.2f}", std::abs(faults) < 0.005 ? 0 : faults);
}

}  // namespace

Judgement judge_lesser_evil(const ClaimFacts& facts) {
    const std::optional<Extra> extra = minimal_extra(facts, kList, kConfigurations[2]);
    const std::optional<Crowd> crowd = crowd_of(facts, kList);
    if (!extra && !crowd) return wanting("pagelist's minimal i386 exec, and its swap/crowd-* tests");
    if (!extra) return wanting("a minimal i386 exec of pristine (or relocate) and of pagelist");
    const std::string saving = fmt::format("pagelist saves {} in a minimal i386 exec.", saved_text(*extra));
    if (!crowd) {
        Judgement judgement = wanting("the swap/crowd-* tests of pagelist");
        judgement.measured += ' ' + saving;
        return judgement;
    }
    const bool saves = extra->saved_percent() > kSmallPercent;
    const bool kills = crowd->intact->status != Status::ok || crowd->oom_kills->status != Status::ok;
    std::vector<std::string> crowds = {crowd_text(kList, *crowd)};
    for (const char* other : {"relocate", kInode})
        if (const std::optional<Crowd> of_other = crowd_of(facts, other))
            crowds.push_back(crowd_text(other, *of_other));
    return {saves && !kills ? ClaimVerdict::confirmed
            : saves         ? ClaimVerdict::partly
                            : ClaimVerdict::refuted,
            fmt::format("{} Four execs of 6 MiB at once, first while all is reclaimed that can be, then in a "
                        "memory cgroup for half of them: {}.",
                        saving, fmt::join(crowds, "; "))};
}

Judgement judge_swappable(const ClaimFacts& facts) {
    const Alike alike = alike_rows(facts, kInode, "swap/.*");
    const std::optional<Extra> moved = minimal_extra(facts, kInode, kConfigurations[0]);
    const std::optional<Extra> unmoved = minimal_extra(facts, kInode, kConfigurations[1]);
    std::string cost;
    if (moved && unmoved)
        cost = fmt::format(
            " A minimal native exec takes {}, and without ASLR, where mainline moves nothing, {}.",
            extra_text(*moved), extra_text(*unmoved));
    if (alike.all == 0) {
        Judgement judgement = wanting("swap tests of shmem");
        judgement.measured += cost;
        return judgement;
    }
    return {verdict_of(alike), fmt::format("{} swap tests of shmem end as mainline's.{}",
                                           share_of(alike.rows, alike.all), cost)};
}

Judgement judge_hard_to_maintain(const ClaimFacts& facts) {
    std::vector<std::string> parts = {
        fmt::format("shmem's patches: {}; pagelist's, which cannot be swapped: {}.", facts.size_of(kInode),
                    facts.size_of(kList))};
    const Alike alike = alike_rows(facts, kInode, ".*");
    if (alike.all > 0)
        parts.push_back(fmt::format("{} tests of shmem end as mainline's.", share_of(alike.rows, alike.all)));
    parts.push_back("How easily it breaks and how hard it is to maintain, only years can tell.");
    return {ClaimVerdict::not_measurable, fmt::format("{}", fmt::join(parts, " "))};
}

Judgement judge_linked_list(const ClaimFacts& facts) {
    const Contender* contender = facts.contender(kList);
    const std::optional<Extra> extra = minimal_extra(facts, kList, kConfigurations[0]);
    if (!contender || !extra)
        return wanting("a minimal native exec of pristine (or relocate) and of pagelist");
    Alike counted = counted_cells(facts, *contender);
    const Alike tests = alike_rows(facts, kList, "args/.*");
    std::string measured = fmt::format("Adequate: pagelist counts in {} cells that mainline counts in",
                                       share_of(counted.rows, counted.all));
    if (tests.all > 0)
        measured += fmt::format(", and {} tests of argument sizes (args) end as mainline's",
                                share_of(tests.rows, tests.all));
    measured +=
        fmt::format("; a minimal native exec takes {}. Easy: {}.", extra_text(*extra), facts.size_of(kList));
    counted.rows += tests.rows;
    counted.all += tests.all;
    return {verdict_of(counted), measured};
}

Judgement judge_get_user_pages(const ClaimFacts& facts) {
    // Those that do not stage in the new address space. (userstack's faults are of the caller's own.)
    static const std::vector<std::string> kWithout = {"array", kList, kInode};
    // Below it a strategy does not fault for each page.
    constexpr double kFewFaults = 0.5;
    if (!facts.exact) return wanting("page faults of pristine (or relocate) and of array, pagelist or shmem");
    const std::optional<double> mainline = faults_per_page(*facts.exact, facts.exact->contenders.front());
    std::vector<std::string> texts;
    std::size_t measured = 0;
    std::size_t without = 0;
    for (const std::string& strategy : kWithout) {
        const Contender* contender = facts.contender(strategy);
        if (!contender) continue;
        const std::optional<double> faults = faults_per_page(*facts.exact, *contender);
        if (!faults) continue;
        ++measured;
        without += *faults < kFewFaults ? 1 : 0;
        texts.push_back(fmt::format("{} {}", strategy, faults_text(*faults)));
    }
    if (!mainline || measured == 0)
        return wanting("page faults of pristine (or relocate) and of array, pagelist or shmem, at two sizes");
    return {
        *mainline < kFewFaults || without == 0 ? ClaimVerdict::refuted
        : without == measured                  ? ClaimVerdict::confirmed
                                               : ClaimVerdict::partly,
        fmt::format("get_user_pages() takes a page fault for each page that it makes. Page faults per page "
                    "of arguments: mainline {}, {}. Calls are not counted.",
                    faults_text(*mainline), fmt::join(texts, ", "))};
}

}  // namespace stackshift
