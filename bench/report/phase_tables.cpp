// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "report/entries.h"
#include "report/tables.h"
#include "report/text_table.h"

namespace stackshift {
namespace {

constexpr std::string_view kPhasePrefix = "phase.";
constexpr const char* kStagingCost = "staging_cost";
// Nothing to move, a usual exec, and the last size whose pages are flushed one by one.
constexpr int kPhasePages[] = {0, 8, 33};

/// The order in which an exec goes through them.
const std::vector<std::string>& known_phases() {
    static const std::vector<std::string> names = {"alloc",       "init",   "strings",   "search",
                                                   "early_place", "detach", "mm_switch", "place",
                                                   "elf_map",     "tables", "free",      "remainder"};
    return names;
}

/// A cell of a contender as a column.
struct PhaseColumn {
    std::string group;
    std::string heading;
    const CellResult* cell;
};

/// Names without prefix that any of the columns has, known ones in their order, then the others by name.
std::vector<std::string> phases_in(const std::vector<PhaseColumn>& columns) {
    std::set<std::string> found;
    for (const PhaseColumn& column : columns) {
        if (!column.cell || column.cell->status != "ok") continue;
        for (const auto& [name, metric] : column.cell->metrics) {
            if (name.starts_with(kPhasePrefix)) found.insert(name.substr(kPhasePrefix.size()));
        }
    }
    std::vector<std::string> names;
    for (const std::string& name : known_phases()) {
        if (found.erase(name) > 0) names.push_back(name);
    }
    names.insert(names.end(), found.begin(), found.end());
    return names;
}

TextTable phase_table(const std::vector<PhaseColumn>& columns) {
    TextTable table({"phase", true});
    for (std::size_t first = 0; first < columns.size();) {
        std::vector<std::string> headings;
        std::size_t last = first;
        for (; last < columns.size() && columns[last].group == columns[first].group; ++last) {
            headings.push_back(columns[last].heading);
        }
        table.add_group(columns[first].group, headings);
        first = last;
    }
    const auto add_row = [&](const std::string& label, const std::string& metric) {
        std::vector<std::string> entries = {label};
        for (const PhaseColumn& column : columns) entries.push_back(median_entry(column.cell, metric));
        table.add_row(std::move(entries));
    };
    for (const std::string& phase : phases_in(columns)) add_row(phase, std::string(kPhasePrefix) + phase);
    const bool has_cost = std::any_of(columns.begin(), columns.end(), [](const PhaseColumn& column) {
        return find_metric(column.cell, kStagingCost) != nullptr;
    });
    if (has_cost) add_row("staging cost", kStagingCost);
    return table;
}

/// Several tables where the columns do not fit into one.
std::string folded(const std::vector<PhaseColumn>& columns) {
    std::string text;
    for (std::size_t first = 0; first < columns.size();) {
        std::size_t last = columns.size();
        const auto part = [&] {
            return phase_table({columns.begin() + static_cast<std::ptrdiff_t>(first),
                                columns.begin() + static_cast<std::ptrdiff_t>(last)});
        };
        while (last > first + 1 && !part().fits()) --last;
        const TextTable table = part();
        if (!table.empty()) {
            if (!text.empty()) text += '\n';
            text += table.text();
        }
        first = last;
    }
    return text;
}

Row row_of(const std::string& path, int pages) {
    return {path, "argv", pages, "long"};
}

}  // namespace

std::string phase_tables(const View& view, const std::string& path) {
    const std::string title =
        fmt::format("Phases of an exec, {} (median), {}", view.clock() ? "ns" : "instructions", path);
    std::string text;
    if (view.contenders.size() == 1) {
        std::vector<PhaseColumn> columns;
        for (const Configuration& configuration : kConfigurations) {
            for (const int pages : kPhasePages) {
                const CellResult* cell = view.contenders.front().find(row_of(path, pages), configuration);
                if (!configuration.aslr || !cell) continue;
                columns.push_back({configuration.title, fmt::format("{}p", pages), cell});
            }
        }
        const std::string tables = folded(columns);
        if (tables.empty()) return "";
        return fmt::format("\n{}, long strings in argv, {}\n\n", title, view.contenders.front().label) +
               tables;
    }
    for (const Configuration& configuration : kConfigurations) {
        if (!configuration.aslr) continue;
        for (const int pages : kPhasePages) {
            std::vector<PhaseColumn> columns;
            for (const Contender& contender : view.contenders) {
                columns.push_back({"", contender.label, contender.find(row_of(path, pages), configuration)});
            }
            const std::string tables = folded(columns);
            if (tables.empty()) continue;
            text += fmt::format("\n{}, {}, {}\n\n", title, configuration.title, row_of(path, pages).label()) +
                    tables;
        }
    }
    return text;
}

}  // namespace stackshift
