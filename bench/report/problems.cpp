// SPDX-License-Identifier: MIT
#include "report/problems.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "report/entries.h"

namespace stackshift {
namespace {

struct ProblemGroup {
    std::string mark;    ///< "FAIL", "FAIL (unexpected)", "n/a"
    std::string reason;  ///< with the contender before it where there are several
    std::vector<std::string> cells;
};

bool unexpected(const CellResult& cell) {
    return cell.status == CellStatus::failed && !cell.expected;
}

void add_problem(std::vector<ProblemGroup>& groups, const CellResult& cell, const std::string& prefix) {
    const std::string mark = missing_entry(&cell, nullptr) + (unexpected(cell) ? " (unexpected)" : "");
    const std::string reason = prefix + (cell.reason.empty() ? "no reason given" : cell.reason);
    auto group = std::find_if(groups.begin(), groups.end(), [&](const ProblemGroup& candidate) {
        return candidate.mark == mark && candidate.reason == reason;
    });
    if (group == groups.end()) group = groups.insert(group, {mark, reason, {}});
    group->cells.push_back(cell.cell.name());
}

/// "exec 1 of 50: execve: E2BIG (...)" without the exec at which it happened, which differs from cell to
/// cell.
std::string reason_without_place(const std::string& reason) {
    const std::size_t colon = reason.find(": ");
    return reason.starts_with("exec ") && colon != std::string::npos ? reason.substr(colon + 2) : reason;
}

}  // namespace

std::vector<Note> problem_list(const View& view, const std::vector<Row>& rows,
                               const std::vector<Configuration>& configurations) {
    std::vector<ProblemGroup> groups;
    std::size_t total = 0;
    for (const Contender& contender : view.contenders) {
        const std::string prefix = view.contenders.size() > 1 ? contender.label + ": " : "";
        for (const Configuration& configuration : configurations) {
            for (const Row& row : rows) {
                const CellResult* cell = contender.find(row, configuration);
                if (!cell || cell->status == CellStatus::ok) continue;
                add_problem(groups, *cell, prefix);
                ++total;
            }
        }
    }
    constexpr std::size_t kMostNamed = 12;
    std::vector<Note> notes;
    for (const ProblemGroup& group : groups) {
        const std::size_t count = group.cells.size();
        const std::string cells = total <= kMostNamed
                                      ? fmt::format("{}", fmt::join(group.cells, ", "))
                                      : fmt::format("{} cell{}", count, count == 1 ? "" : "s");
        notes.push_back({group.mark, group.reason + " -- " + cells});
    }
    return notes;
}

std::vector<Note> failure_reasons(const View& view) {
    std::vector<ProblemGroup> groups;
    for (const Contender& contender : view.contenders) {
        const std::string prefix = view.contenders.size() > 1 ? contender.label + ": " : "";
        for (const auto& [name, cell] : contender.cells) {
            if (cell->status == CellStatus::ok) continue;
            CellResult same = *cell;
            same.reason = reason_without_place(cell->reason);
            add_problem(groups, same, prefix);
        }
    }
    std::vector<Note> notes;
    for (const ProblemGroup& group : groups) {
        notes.push_back({group.mark, fmt::format("{} -- {} cell{}", group.reason, group.cells.size(),
                                                 group.cells.size() == 1 ? "" : "s")});
    }
    return notes;
}

std::size_t unexpected_failures(const View& view) {
    std::size_t count = 0;
    for (const Contender& contender : view.contenders) {
        for (const auto& [name, cell] : contender.cells) count += unexpected(*cell) ? 1 : 0;
    }
    return count;
}

}  // namespace stackshift
