// SPDX-License-Identifier: MIT
#include "report/claim_userstack.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace stackshift {
namespace {

constexpr const char* kUserstack = "userstack";
constexpr Configuration kMovedExecs = kConfigurations[0];
constexpr Configuration kUnmovedExecs = kConfigurations[1];

/// How many self-execs cost more than mainline's, of those that both count.
struct Dearer {
    std::size_t cells = 0;
    std::size_t all = 0;
};

Dearer dearer_cells(const ClaimFacts& facts, const Configuration& configuration) {
    Dearer dearer;
    for (const Row& row : counted_rows(*facts.exact, ExecPath::self_exec, configuration)) {
        const std::optional<Extra> extra =
            extra_of(*facts.exact, facts.contender(kUserstack), row, configuration);
        if (!extra) continue;
        ++dearer.all;
        dearer.cells += extra->costs() ? 1 : 0;
    }
    return dearer;
}

/// Those that do not end as mainline's.
std::vector<const CheckRow*> unlike_mainline(std::vector<const CheckRow*> rows) {
    std::erase_if(rows, [](const CheckRow* row) { return row->status == CheckRow::Status::ok; });
    return rows;
}

std::vector<std::string> names_of(const std::vector<const CheckRow*>& rows) {
    std::vector<std::string> names;
    for (const CheckRow* row : rows) names.push_back(row->test);
    return names;
}

/// ": a, b and 3 more", or nothing.
std::string listed(const std::vector<const CheckRow*>& rows) {
    return rows.empty() ? "" : ": " + names_text(names_of(rows));
}

/// The cells that fail while mainline's are counted.
std::vector<const CellResult*> failed_cells(const ClaimFacts& facts) {
    std::vector<const CellResult*> failed;
    const Contender* contender = facts.contender(kUserstack);
    if (!contender) return failed;
    const auto& mainline = facts.exact->contenders.front().cells;
    for (const auto& [name, cell] : contender->cells) {
        const auto base = mainline.find(name);
        const bool counted = base != mainline.end() && base->second->status == CellStatus::ok;
        if (counted && cell->status == CellStatus::failed) failed.push_back(cell);
    }
    return failed;
}

/// "posix-spawn, thread-exec": the paths of cells, each once.
std::string paths_text(const std::vector<const CellResult*>& cells) {
    std::vector<std::string> paths;
    for (const CellResult* cell : cells) {
        const std::string path(to_string(cell->cell.path));
        if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
    }
    return fmt::format("{}", fmt::join(paths, ", "));
}

}  // namespace

Judgement judge_userstack_overhead(const ClaimFacts& facts) {
    const std::optional<Extra> unmoved =
        facts.exact ? extra_of(*facts.exact, facts.contender(kUserstack), Row(), kUnmovedExecs)
                    : std::nullopt;
    const std::optional<Extra> moved =
        facts.exact ? extra_of(*facts.exact, facts.contender(kUserstack), Row(), kMovedExecs) : std::nullopt;
    if (!unmoved || !moved)
        return wanting(
            "a minimal native exec of pristine (or relocate) and of userstack, with ASLR and without");
    const Dearer without = dearer_cells(facts, kUnmovedExecs);
    const Dearer with = dearer_cells(facts, kMovedExecs);
    return {
        without.cells == without.all ? ClaimVerdict::confirmed
        : without.cells > 0          ? ClaimVerdict::partly
                                     : ClaimVerdict::refuted,
        fmt::format("Where mainline moves nothing (native without ASLR), userstack takes more in {} cells; "
                    "a minimal exec takes {}. Where mainline moves (native with ASLR), it takes more in {}, "
                    "and a minimal exec {}.",
                    share_of(without.cells, without.all), extra_text(*unmoved),
                    share_of(with.cells, with.all), extra_text(*moved))};
}

Judgement judge_userstack_collides(const ClaimFacts& facts) {
    static const Pattern neighbours("parents/stack-neighbour-(native|i386)");
    const std::vector<const CheckRow*> rows = facts.rows_of(kUserstack, neighbours);
    if (rows.empty())
        return wanting("tests of userstack with a mapping near the stack (parents/stack-neighbour-*)");
    std::vector<const CheckRow*> refused = unlike_mainline(rows);
    return {
        refused.empty() ? ClaimVerdict::refuted : ClaimVerdict::confirmed,
        fmt::format(
            "With a mapping near below the caller's stack, {} of userstack's execs end otherwise than "
            "mainline's, which succeed{}.",
            share_of(refused.size(), rows.size()),
            refused.empty() ? "" : fmt::format(" ({}: {})", refused.front()->test, refused.front()->seen))};
}

Judgement judge_userstack_rlimits(const ClaimFacts& facts) {
    // What sets RLIMIT_STACK, _AS, _DATA or _MEMLOCK:
    // bench/conform/tests/{args,environment,parents_stack}*.cpp.
    static const Pattern limits(
        "args/limit-.*|environment/((strings|growth|as|data|mlockall-user)-|stack-[0-9]).*|"
        "parents/stack-(deep-small|locked)-limit-(native|i386)");
    const std::vector<const CheckRow*> rows = facts.rows_of(kUserstack, limits);
    if (rows.empty()) return wanting("tests of userstack under resource limits (args, environment, parents)");
    const std::vector<const CheckRow*> others = unlike_mainline(rows);
    return {others.empty() ? ClaimVerdict::confirmed : ClaimVerdict::refuted,
            fmt::format("{} tests under a resource limit do not end as mainline's{}.",
                        share_of(others.size(), rows.size()), listed(others))};
}

Judgement judge_userstack_failures(const ClaimFacts& facts) {
    static const Pattern any(".*");
    const std::vector<const CheckRow*> rows = facts.rows_of(kUserstack, any);
    std::vector<const CheckRow*> refused = unlike_mainline(rows);
    std::erase_if(refused, [](const CheckRow* row) { return !row->seen.starts_with("E2BIG"); });
    const std::vector<const CellResult*> cells = failed_cells(facts);
    // Cells alone can show a failure, but not that there is none.
    if (rows.empty() && cells.empty()) return wanting("tests of userstack");
    std::string measured;
    if (!rows.empty())
        measured = fmt::format("{} tests end in E2BIG, and not so on mainline{}.",
                               share_of(refused.size(), rows.size()), listed(refused));
    if (!cells.empty())
        measured += fmt::format("{}{} cells that mainline counts in fail: {}.", measured.empty() ? "" : " ",
                                cells.size(), paths_text(cells));
    return {refused.empty() && cells.empty() ? ClaimVerdict::refuted : ClaimVerdict::confirmed, measured};
}

}  // namespace stackshift
