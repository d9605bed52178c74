// SPDX-License-Identifier: MIT
#include "report/revisions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "report/text_table.h"

namespace stackshift {
namespace {

constexpr std::size_t kMostCells = 3;

std::optional<double> median_of(const View& view, const Contender& contender, const std::string& cell) {
    const auto found = contender.cells.find(cell);
    if (found == contender.cells.end() || found->second->status != CellStatus::ok) return std::nullopt;
    const auto metric = found->second->metrics.find(view.cost());
    if (metric == found->second->metrics.end()) return std::nullopt;
    return metric->second.median;
}

struct Change {
    std::string cell;
    double before = 0;
    double after = 0;
    double difference() const { return after - before; }
};

/// The cells without ASLR that both have, in order of their names.
std::vector<Change> exact_changes(const View& view, const Contender& from, const Contender& to) {
    std::vector<Change> changes;
    for (const auto& [name, cell] : to.cells) {
        if (cell->cell.aslr != Aslr::off) continue;
        const std::optional<double> before = median_of(view, from, name);
        const std::optional<double> after = median_of(view, to, name);
        if (before && after) changes.push_back({name, *before, *after});
    }
    return changes;
}

bool smaller(const Change& a, const Change& b) {
    return std::fabs(a.difference()) < std::fabs(b.difference());
}

std::string named(const Contender& contender) {
    const KernelInfo* kernel = contender.kernel();
    return kernel == nullptr ? contender.label : fmt::format("{} \"{}\"", contender.label, kernel->subject);
}

std::string answer(const View& view, const Contender& from, const Contender& to) {
    const std::vector<Change> all = exact_changes(view, from, to);
    if (all.empty()) {
        return wrapped(
            "",
            fmt::format("{} against {}: no cell without ASLR was counted in both.", named(to), from.label),
            2);
    }
    const auto changed =
        std::count_if(all.begin(), all.end(), [](const Change& change) { return change.difference() != 0; });
    if (changed == 0) {
        return wrapped("",
                       fmt::format("{} against {}: not one instruction in {} cells without ASLR.", named(to),
                                   from.label, all.size()),
                       2);
    }
    const Change& most = *std::max_element(all.begin(), all.end(), smaller);
    return wrapped(
        "",
        fmt::format("{} against {}: {} of {} cells without ASLR changed, most {}, by {:+.0f} instructions "
                    "({:+.2f} %).",
                    named(to), from.label, changed, all.size(), most.cell, most.difference(),
                    100 * most.difference() / most.before),
        2);
}

bool are_commits(const View& view) {
    return std::all_of(view.contenders.begin(), view.contenders.end(), [](const Contender& contender) {
        return contender.kernel() != nullptr && !contender.kernel()->commit.empty();
    });
}

/// What a series stands on, and its steps, each of which says what it does.
bool are_steps(const View& view) {
    return view.contenders.size() > 1 &&
           std::all_of(view.contenders.begin(), view.contenders.end(), [&](const Contender& contender) {
               const KernelInfo* kernel = contender.kernel();
               const bool is_first = &contender == &view.contenders.front();
               return kernel != nullptr && kernel->commit.empty() && kernel->subject.empty() == is_first;
           });
}

/// All cells, or a minimal exec (of a series with ASLR too, as that is what moves a stack) and those without
/// ASLR in which most has changed from the first to the last.
std::vector<std::string> shown_cells(const View& view, bool every) {
    if (every) {
        std::vector<std::string> names;
        for (const auto& [name, cell] : view.contenders.back().cells) names.push_back(name);
        return names;
    }
    std::vector<Change> all = exact_changes(view, view.contenders.front(), view.contenders.back());
    std::stable_sort(all.begin(), all.end(), [](const Change& a, const Change& b) { return smaller(b, a); });
    std::vector<std::string> names;
    for (const Change& change : all) {
        const bool minimal = change.cell == "self-exec/native/noaslr/argv:0p/long";
        if (minimal) names.insert(names.begin(), change.cell);
    }
    for (const Change& change : all) {
        if (names.size() == kMostCells) break;
        if (std::find(names.begin(), names.end(), change.cell) == names.end()) names.push_back(change.cell);
    }
    const std::string drawn = "self-exec/native/aslr/argv:0p/long";
    if (are_steps(view) && view.contenders.back().cells.count(drawn) > 0) names.insert(names.begin(), drawn);
    return names;
}

std::string signed_number(const std::optional<double>& before, const std::optional<double>& after) {
    return before && after ? fmt::format("{:+.0f}", *after - *before) : ".";
}

std::string table_of(const View& view, const std::string& cell) {
    const std::string what = are_commits(view) ? "revision" : "step";
    TextTable table({what, true});
    table.add_group("", {"median", "alone", "so far"});
    std::optional<double> before;
    const std::optional<double> first = median_of(view, view.contenders.front(), cell);
    for (const Contender& contender : view.contenders) {
        const bool is_first = &contender == &view.contenders.front();
        const std::optional<double> median = median_of(view, contender, cell);
        table.add_row({contender.label, median ? fmt::format("{:.0f}", *median) : "FAIL",
                       is_first ? "." : signed_number(before, median),
                       is_first ? "." : signed_number(first, median)});
        before = median;
    }
    return fmt::format("\nInstructions per exec (median) of each {}, {}\n\n{}", what, cell, table.text());
}

}  // namespace

bool are_revisions(const View& view) {
    return are_commits(view) || are_steps(view);
}

std::string revisions_text(const View& view, bool every) {
    std::string text;
    for (std::size_t i = 1; i < view.contenders.size(); ++i)
        text += answer(view, view.contenders[i - 1], view.contenders[i]);
    if (view.contenders.size() == 1)
        text += wrapped("", named(view.contenders.front()) + " alone was counted.", 2);
    bool drawn = false;
    for (const std::string& cell : shown_cells(view, every)) {
        text += table_of(view, cell);
        drawn = drawn || view.contenders.back().cells.at(cell)->cell.aslr != Aslr::off;
    }
    text += wrapped("\n",
                    fmt::format("alone: against the {} before; so far: against the first.",
                                are_commits(view) ? "revision" : "step"),
                    0);
    if (drawn)
        text +=
            wrapped("", "With ASLR each kernel draws addresses of its own: small differences are chance.", 0);
    return text;
}

}  // namespace stackshift
