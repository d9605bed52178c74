// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "matrix/part.h"
#include "report/entries.h"
#include "report/floor.h"
#include "report/move.h"
#include "report/tables.h"

namespace stackshift {
namespace {

bool has_other_paths(const View& view) {
    return std::any_of(view.paths.begin(), view.paths.end(),
                       [](ExecPath path) { return path != ExecPath::self_exec; });
}

bool on_other_path(const View& view, const Row& row) {
    return std::any_of(view.rows.begin(), view.rows.end(), [&](const Row& other) {
        return other.path != ExecPath::self_exec && other.place == row.place && other.pages == row.pages &&
               other.shape == row.shape;
    });
}

/// Rows of which more than one path has cells, path by path in the order of the enum.
std::vector<Row> shared_rows(const View& view) {
    std::vector<Row> rows;
    for (const Row& row : view.rows) {
        if (on_other_path(view, row)) rows.push_back(row);
    }
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.path < b.path; });
    return rows;
}

Entry number(double value) {
    return {fmt::format("{}", std::llround(value)), value};
}

Entry share(double percent, bool told) {
    const std::string text =
        std::abs(percent) < 0.005 ? "0.00%" : fmt::format("{:.{}f}%", percent, std::abs(percent) < 1 ? 2 : 1);
    return {told ? text : doubtful(text), percent};
}

/// What a contender leaves of the move: its difference from the baseline's cell without one.
std::vector<Entry> left_entries(const View& view, const Row& row, const Move& move, const CellResult* cell) {
    const std::optional<double> left = median_difference(cell, move.unmoved, view.cost());
    const std::optional<double> of = percent(left, move.whole, view.cost());
    if (!of) return std::vector<Entry>(2, Entry{missing_entry(cell, find_metric(cell, view.cost()))});
    const bool told = view.clock() ? told_apart(view, cell, move.unmoved)
                                   : *left == 0 || exceeds_floor(view, row, move.moved, move.fixed, *left);
    return {number(*left), share(*of, told)};
}

Table move_table(const View& view, Abi abi, const std::vector<Row>& rows) {
    const std::string& base = view.contenders.front().label;
    Table table;
    table.title =
        fmt::format("What the move is of an operation, and what is left of it, {} (median), {} ASLR",
                    view.clock() ? "ns" : "instructions", to_string(abi));
    table.columns = {{"operation", Table::Kind::name}};
    table.add_group(base, {{"whole"}, {"move"}, {"%"}}, view.contenders.size() > 1);
    for (std::size_t i = 1; i < view.contenders.size(); ++i)
        table.add_group(view.contenders[i].label, {{"left"}, {"%"}});
    for (const Row& row : rows) {
        const std::optional<Move> move = move_of(view, row, abi);
        if (!move) continue;
        std::vector<Entry> entries = {fmt::format("{} {}", to_string(row.path), row.label()),
                                      number(find_metric(move->whole, view.cost())->median),
                                      number(move->cost), share(move->percent, move->told)};
        for (std::size_t i = 1; i < view.contenders.size(); ++i) {
            const std::vector<Entry> left =
                left_entries(view, row, *move, view.contenders[i].find(row, move->moved));
            entries.insert(entries.end(), left.begin(), left.end());
        }
        table.rows.push_back(std::move(entries));
    }
    return table;
}

/// What operations with a parent are made of, in one contender.
Table part_table(const View& view, const Contender& contender, const Configuration& configuration) {
    Table table;
    table.title = fmt::format("Parts of an operation, {} (median), {}, {}",
                              view.clock() ? "ns" : "instructions", configuration.title, contender.label);
    table.columns = {{"operation", Table::Kind::name}};
    table.add_group("", {{"whole"}});
    table.add_group("child", {{"start"}, {"exec"}, {"spawned"}, {"end"}});
    table.add_group("parent", {{"resumed"}});
    for (const Row& row : shared_rows(view)) {
        const CellResult* cell = contender.find(row, configuration);
        if (!cell || !info_of(row.path).has_parent()) continue;
        std::vector<Entry> entries = {fmt::format("{} {}", to_string(row.path), row.label()),
                                      median_entry(cell, view.cost())};
        for (const Part part : {Part::start, Part::exec, Part::spawned, Part::end, Part::resumed})
            entries.push_back(median_entry(cell, std::string(to_string(part))));
        table.rows.push_back(std::move(entries));
    }
    return table;
}

void keep(std::vector<Table>& tables, Table table) {
    if (!table.rows.empty()) tables.push_back(std::move(table));
}

}  // namespace

std::vector<Table> path_tables(const View& view) {
    if (!has_other_paths(view)) return {};
    std::vector<Table> tables;
    for (const Abi abi : {Abi::native, Abi::i386}) keep(tables, move_table(view, abi, shared_rows(view)));
    // With the move and without; the others differ in the exec alone.
    const Contender* const base = &view.contenders.front();
    const Contender* const yardstick = find_contender(view, kYardstick);
    for (const Contender* contender : {base, yardstick == base ? nullptr : yardstick}) {
        if (!contender) continue;
        for (const Configuration& configuration : {kConfigurations[0], kConfigurations[2]})
            keep(tables, part_table(view, *contender, configuration));
    }
    return tables;
}

std::vector<Table> path_headline_table(const View& view) {
    if (!has_other_paths(view)) return {};
    std::vector<Row> rows = shared_rows(view);
    std::erase_if(rows, [](const Row& row) { return !row.long_argv() || row.pages != 0; });
    std::vector<Table> tables;
    keep(tables, move_table(view, Abi::native, rows));
    return tables;
}

}  // namespace stackshift
