// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "report/entries.h"
#include "report/tables.h"

namespace stackshift {
namespace {

// Nothing to move, a usual exec, and the last size whose pages are flushed one by one.
constexpr int kPhasePages[] = {0, 8, 33};

/// A cell of a contender as a column.
struct PhaseColumn {
    std::string group;
    std::string heading;
    const CellResult* cell;
};

/// Names without prefix that any of the columns has, known ones in the order of an exec, then the others by
/// name.
std::vector<std::string> phases_in(const std::vector<PhaseColumn>& columns) {
    std::set<std::string> found;
    for (const PhaseColumn& column : columns) {
        if (!column.cell || column.cell->status != CellStatus::ok) continue;
        for (const auto& [name, metric] : column.cell->metrics) {
            if (name.starts_with(metrics::kPhasePrefix))
                found.insert(name.substr(metrics::kPhasePrefix.size()));
        }
    }
    std::vector<std::string> names;
    for (const std::string& name : spellings<Phase>()) {
        if (found.erase(name) > 0) names.push_back(name);
    }
    names.insert(names.end(), found.begin(), found.end());
    return names;
}

Table phase_table(const std::string& title, const std::vector<PhaseColumn>& columns) {
    Table table;
    table.title = title;
    table.columns = {{"phase", Table::Kind::name}};
    for (std::size_t first = 0; first < columns.size();) {
        std::vector<Table::Column> headings = {{columns[first].heading}};
        // Contenders are columns without a common heading, and each a group of its own.
        std::size_t last = first + 1;
        for (; last < columns.size() && !columns[first].group.empty() &&
               columns[last].group == columns[first].group;
             ++last) {
            headings.push_back({columns[last].heading});
        }
        table.add_group(columns[first].group, headings);
        first = last;
    }
    const auto add_row = [&](const std::string& label, const std::string& metric) {
        std::vector<Entry> entries = {label};
        for (const PhaseColumn& column : columns) {
            const Metric* found = find_metric(column.cell, metric);
            entries.push_back(
                {median_entry(column.cell, metric), found ? std::optional(found->median) : std::nullopt});
        }
        table.rows.push_back(std::move(entries));
    };
    for (const std::string& phase : phases_in(columns))
        add_row(phase, std::string(metrics::kPhasePrefix) + phase);
    const bool has_cost = std::any_of(columns.begin(), columns.end(), [](const PhaseColumn& column) {
        return find_metric(column.cell, metrics::kStagingCost) != nullptr;
    });
    if (has_cost) add_row("staging cost", metrics::kStagingCost);
    return table;
}

Row row_of(ExecPath path, int pages) {
    return {path, Place::argv, pages, Shape::long_strings};
}

}  // namespace

std::vector<Table> phase_tables(const View& view, ExecPath path) {
    const std::string title = fmt::format("Phases of an exec, {} (median), {}",
                                          view.clock() ? "ns" : "instructions", to_string(path));
    std::vector<Table> tables;
    const auto add = [&tables](const std::string& of, const std::vector<PhaseColumn>& columns) {
        Table table = phase_table(of, columns);
        if (!table.rows.empty()) tables.push_back(std::move(table));
    };
    if (view.contenders.size() == 1) {
        std::vector<PhaseColumn> columns;
        for (const Configuration& configuration : kConfigurations) {
            for (const int pages : kPhasePages) {
                const CellResult* cell = view.contenders.front().find(row_of(path, pages), configuration);
                if (configuration.aslr == Aslr::off || !cell) continue;
                columns.push_back({configuration.title, fmt::format("{}p", pages), cell});
            }
        }
        add(fmt::format("{}, long strings in argv, {}", title, view.contenders.front().label), columns);
        return tables;
    }
    for (const Configuration& configuration : kConfigurations) {
        if (configuration.aslr == Aslr::off) continue;
        for (const int pages : kPhasePages) {
            std::vector<PhaseColumn> columns;
            for (const Contender& contender : view.contenders) {
                columns.push_back({"", contender.label, contender.find(row_of(path, pages), configuration)});
            }
            add(fmt::format("{}, {}, {}", title, configuration.title, row_of(path, pages).label()), columns);
        }
    }
    return tables;
}

}  // namespace stackshift
