// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "report/entries.h"
#include "report/floor.h"
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

const char* strings_title(bool long_argv) {
    return long_argv ? "long strings in argv" : "other strings and places";
}

Column spread_column(const View& view) {
    return {view.clock() ? "+-95%" : "floor", Kind::spread};
}

/// Two cells whose medians are compared: of one row, in one contender or two, in one configuration or two.
struct Compared {
    const Row& row;
    const CellResult* cell;
    const Configuration& configuration;
    const CellResult* base;
    const Configuration& base_configuration;
};

/// How sure the pair's difference is. Exact: its floor; clock: half the wider interval.
Entry spread_entry(const View& view, const Compared& pair) {
    if (!view.clock()) {
        const bool both = find_metric(pair.cell, view.cost()) && find_metric(pair.base, view.cost());
        return {"", both ? difference_floor(view, pair.row, pair.configuration, pair.base_configuration)
                         : std::nullopt};
    }
    std::optional<double> widest;
    for (const CellResult* cell : {pair.cell, pair.base}) {
        const Metric* metric = find_metric(cell, view.cost());
        const std::optional<double> half = metric ? half_width(*metric) : std::nullopt;
        if (half && *half >= widest.value_or(0)) widest = half;
    }
    return {"", widest};
}

/// Whether two medians can be told apart: their intervals do not overlap (clock), or they differ by more than
/// the floor (exact).
bool can_be_told(const View& view, const Compared& pair, double difference) {
    if (view.clock()) return told_apart(view, pair.cell, pair.base);
    return difference == 0 ||
           exceeds_floor(view, pair.row, pair.configuration, pair.base_configuration, difference);
}

/// Adds the difference cell - base and what it is of base.
void add_difference(const View& view, std::vector<Entry>& entries, const Compared& pair) {
    const std::optional<double> difference = median_difference(pair.cell, pair.base, view.cost());
    const std::string of_base = percent_entry(difference, pair.base, view.cost());
    const bool told = !difference || can_be_told(view, pair, *difference);
    entries.push_back({difference_entry(difference), difference});
    entries.push_back({told ? of_base : doubtful(of_base), percent(difference, pair.base, view.cost())});
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
    table.add_group(view.contenders.front().label, {{"median"}}, true);
    for (std::size_t i = 1; i < view.contenders.size(); ++i) {
        table.add_group(view.contenders[i].label, {{"median"}, {"diff"}, {"%"}, spread_column(view)});
    }
    for (const Row& row : rows) {
        const CellResult* base = view.contenders.front().find(row, configuration);
        std::vector<Entry> entries = {row_entry(row), cost_entry(view, base)};
        bool there = base != nullptr;
        for (std::size_t i = 1; i < view.contenders.size(); ++i) {
            const CellResult* cell = view.contenders[i].find(row, configuration);
            there = there || cell;
            const Compared pair = {row, cell, configuration, base, configuration};
            entries.push_back(cost_entry(view, cell));
            add_difference(view, entries, pair);
            entries.push_back(spread_entry(view, pair));
        }
        if (there) table.rows.push_back(std::move(entries));
    }
    return table;
}

}  // namespace

std::vector<Table> cost_tables(const View& view, ExecPath path) {
    const Contender& contender = view.contenders.front();
    std::vector<Table> tables;
    for (const bool long_argv : {true, false}) {
        const std::vector<Row> rows = view.rows_of(path, long_argv);
        if (rows.empty()) continue;
        Table table;
        table.title =
            fmt::format("{}, {}, {}", cost_title(view, path), strings_title(long_argv), contender.label);
        table.columns = {row_column(long_argv)};
        for (const Abi abi : {Abi::native, Abi::i386}) {
            table.add_group(std::string(to_string(abi)),
                            {{"ASLR"}, {"no ASLR"}, {"on-off"}, {"%"}, spread_column(view)});
        }
        table.add_group("ASLR", {{"i386-nat"}});
        for (const Row& row : rows) {
            std::vector<Entry> entries = {row_entry(row)};
            for (std::size_t on = 0; on < kConfigurations.size(); on += 2) {
                const Compared pair = {row, contender.find(row, kConfigurations[on]), kConfigurations[on],
                                       contender.find(row, kConfigurations[on + 1]), kConfigurations[on + 1]};
                entries.push_back(cost_entry(view, pair.cell));
                entries.push_back(cost_entry(view, pair.base));
                add_difference(view, entries, pair);
                entries.push_back(spread_entry(view, pair));
            }
            const std::optional<double> between =
                median_difference(contender.find(row, kConfigurations[2]),
                                  contender.find(row, kConfigurations[0]), view.cost());
            entries.push_back({difference_entry(between), between});
            table.rows.push_back(std::move(entries));
        }
        table.notes = problem_list(view, rows, all_configurations());
        tables.push_back(std::move(table));
    }
    return tables;
}

std::vector<Table> contender_tables(const View& view, ExecPath path) {
    std::vector<Table> tables;
    for (const bool long_argv : {true, false}) {
        const std::vector<Row> rows = view.rows_of(path, long_argv);
        if (rows.empty()) continue;
        for (const Configuration& configuration : kConfigurations) {
            Table table = versus_table(view, configuration, rows);
            if (table.rows.empty()) continue;
            table.title = fmt::format("{}, {}, {}", cost_title(view, path), strings_title(long_argv),
                                      configuration.title);
            table.notes = problem_list(view, rows, {configuration});
            tables.push_back(std::move(table));
        }
    }
    return tables;
}

}  // namespace stackshift
