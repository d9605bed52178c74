// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "report/entries.h"
#include "report/problems.h"
#include "report/tables.h"

namespace stackshift {
namespace {

using Column = Table::Column;
using Kind = Table::Kind;

const std::vector<Configuration>& all_configurations() {
    static const std::vector<Configuration> all(kConfigurations.begin(), kConfigurations.end());
    return all;
}

/// "Instructions per exec (median), self-exec".
std::string cost_title(const View& view, ExecPath path) {
    return fmt::format("{} (median), {}", view.clock() ? "Time per exec, ns" : "Instructions per exec",
                       to_string(path));
}

Column spread_column(const View& view) {
    return {view.clock() ? "+-95%" : "+-seed", Kind::spread};
}

std::string percent_heading(const View& view) {
    return view.clock() ? "% " : "%";  // room for the mark of doubt
}

Entry spread_entry(const View& view, const std::vector<const CellResult*>& cells) {
    std::optional<double> widest;
    for (const CellResult* cell : cells) {
        const Metric* metric = find_metric(cell, view.cost());
        const std::optional<double> half = metric ? half_width(*metric, view.clock()) : std::nullopt;
        if (half && *half >= widest.value_or(0)) widest = half;
    }
    return {"", widest};
}

/// "~" where two medians cannot be told apart: their intervals overlap, or one has none. Counts need no such
/// mark.
std::string doubt(const View& view, const CellResult* a, const CellResult* b) {
    if (!view.clock() || !find_metric(a, view.cost()) || !find_metric(b, view.cost())) return "";
    return told_apart(view, a, b) ? " " : "~";
}

/// Adds the difference a - b and what it is of b.
void add_difference(const View& view, std::vector<Entry>& entries, const CellResult* a, const CellResult* b) {
    const std::optional<double> difference = median_difference(a, b, view.cost());
    entries.push_back({difference_entry(difference), difference});
    entries.push_back(
        {percent_entry(difference, b, view.cost()) + doubt(view, a, b), percent(difference, b, view.cost())});
}

Entry cost_entry(const View& view, const CellResult* cell) {
    const Metric* metric = find_metric(cell, view.cost());
    return {median_entry(cell, view.cost()), metric ? std::optional(metric->median) : std::nullopt};
}

/// The first column: pages, or the whole label where a table has strings of several kinds.
Column row_column(bool long_argv) {
    return long_argv ? Column{"pages"} : Column{"cell", Kind::name};
}

Entry row_entry(const Row& row) {
    return row.long_argv() ? Entry{std::to_string(row.pages), row.pages} : Entry{row.label()};
}

/// The baseline and every contender beside it.
Table versus_table(const View& view, const Configuration& configuration, const std::vector<Row>& rows) {
    Table table;
    table.columns = {row_column(rows.front().long_argv())};
    table.add_group(view.contenders.front().label, {{"median"}, spread_column(view)}, true);
    for (std::size_t i = 1; i < view.contenders.size(); ++i) {
        table.add_group(view.contenders[i].label,
                        {{"median"}, {"diff"}, {percent_heading(view)}, spread_column(view)});
    }
    for (const Row& row : rows) {
        const CellResult* base = view.contenders.front().find(row, configuration);
        std::vector<Entry> entries = {row_entry(row), cost_entry(view, base), spread_entry(view, {base})};
        bool there = base != nullptr;
        for (std::size_t i = 1; i < view.contenders.size(); ++i) {
            const CellResult* cell = view.contenders[i].find(row, configuration);
            there = there || cell;
            entries.push_back(cost_entry(view, cell));
            add_difference(view, entries, cell, base);
            entries.push_back(spread_entry(view, {cell}));
        }
        if (there) table.rows.push_back(std::move(entries));
    }
    return table;
}

}  // namespace

std::vector<Table> cost_table(const View& view, ExecPath path) {
    const std::vector<Row> rows = view.rows_of(path, true);
    if (rows.empty()) return {};
    const Contender& contender = view.contenders.front();
    Table table;
    table.title = fmt::format("{}, long strings in argv, {}", cost_title(view, path), contender.label);
    table.columns = {row_column(true)};
    for (const Abi abi : {Abi::native, Abi::i386}) {
        table.add_group(std::string(to_string(abi)),
                        {{"ASLR"}, {"no ASLR"}, {"on-off"}, {percent_heading(view)}, spread_column(view)});
    }
    table.add_group("ASLR", {{"i386-nat"}});
    for (const Row& row : rows) {
        std::vector<Entry> entries = {row_entry(row)};
        for (std::size_t on = 0; on < kConfigurations.size(); on += 2) {
            const CellResult* with = contender.find(row, kConfigurations[on]);
            const CellResult* without = contender.find(row, kConfigurations[on + 1]);
            entries.push_back(cost_entry(view, with));
            entries.push_back(cost_entry(view, without));
            add_difference(view, entries, with, without);
            entries.push_back(spread_entry(view, {with, without}));
        }
        const std::optional<double> between = median_difference(
            contender.find(row, kConfigurations[2]), contender.find(row, kConfigurations[0]), view.cost());
        entries.push_back({difference_entry(between), between});
        table.rows.push_back(std::move(entries));
    }
    table.notes = problem_list(view, rows, all_configurations());
    return {table};
}

std::vector<Table> other_cells_table(const View& view, ExecPath path) {
    const std::vector<Row> rows = view.rows_of(path, false);
    if (rows.empty()) return {};
    const Contender& contender = view.contenders.front();
    Table table;
    table.title = fmt::format("{}, other strings and places, {}", cost_title(view, path), contender.label);
    table.columns = {row_column(false)};
    for (const Abi abi : {Abi::native, Abi::i386}) {
        table.add_group(std::string(to_string(abi)), {{"ASLR"}, {"no ASLR"}, spread_column(view)});
    }
    for (const Row& row : rows) {
        std::vector<Entry> entries = {row_entry(row)};
        for (std::size_t on = 0; on < kConfigurations.size(); on += 2) {
            const CellResult* with = contender.find(row, kConfigurations[on]);
            const CellResult* without = contender.find(row, kConfigurations[on + 1]);
            entries.push_back(cost_entry(view, with));
            entries.push_back(cost_entry(view, without));
            entries.push_back(spread_entry(view, {with, without}));
        }
        table.rows.push_back(std::move(entries));
    }
    table.notes = problem_list(view, rows, all_configurations());
    return {table};
}

std::vector<Table> contender_tables(const View& view, ExecPath path) {
    std::vector<Table> tables;
    for (const bool long_argv : {true, false}) {
        const std::vector<Row> rows = view.rows_of(path, long_argv);
        if (rows.empty()) continue;
        for (const Configuration& configuration : kConfigurations) {
            Table table = versus_table(view, configuration, rows);
            if (table.rows.empty()) continue;
            table.title = fmt::format("{}, {}, {}", cost_title(view, path),
                                      long_argv ? "long strings in argv" : "other strings and places",
                                      configuration.title);
            table.notes = problem_list(view, rows, {configuration});
            tables.push_back(std::move(table));
        }
    }
    return tables;
}

}  // namespace stackshift
