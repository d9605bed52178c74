// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "report/entries.h"
#include "report/floor.h"
#include "report/headline.h"
#include "report/tables.h"

namespace stackshift {
namespace {

/// Tests that a strategy's kernel was put to.
struct Tested {
    std::size_t tests = 0;
    std::size_t deviations = 0;
    std::size_t failures = 0;
};

Tested tested(const std::vector<CheckResult>& checks, const std::string& strategy) {
    Tested found;
    for (const CheckResult& check : checks) {
        for (const CheckRow& row : check.rows) {
            if (row.strategy != strategy || row.status == CheckRow::Status::skipped) continue;
            ++found.tests;
            found.deviations += row.status == CheckRow::Status::deviation ? 1 : 0;
            found.failures += row.status == CheckRow::Status::failed ? 1 : 0;
        }
    }
    return found;
}

std::string size_name(const Row& row) {
    if (!row.long_argv()) return std::string(to_string(row.shape));
    return row.pages == 0 ? "minimal" : fmt::format("{} pages", row.pages);
}

Entry count_entry(std::size_t count) {
    return {fmt::format("{}", count), static_cast<double>(count)};
}

Entry saved_entry(const View& view, const Contender& contender, const Row& row,
                  const Configuration& configuration) {
    const CellResult* cell = contender.find(row, configuration);
    const CellResult* base = view.contenders.front().find(row, configuration);
    const std::optional<double> difference = median_difference(cell, base, view.cost());
    if (!difference) return {missing_entry(cell, find_metric(cell, view.cost()))};
    const std::string text = percent_entry(difference, base, view.cost());
    const bool told = *difference == 0 || exceeds_floor(view, row, configuration, configuration, *difference);
    return {told ? text : doubtful(text), percent(difference, base, view.cost())};
}

std::size_t failed_cells(const Contender& contender) {
    std::size_t count = 0;
    for (const auto& [name, cell] : contender.cells) count += cell->status == CellStatus::failed ? 1 : 0;
    return count;
}

/// Without those that stamp the phases, on which every strategy stands.
std::size_t own_patches(const KernelInfo& kernel) {
    return static_cast<std::size_t>(std::count_if(
        kernel.patches.begin(), kernel.patches.end(),
        [](const PatchInfo& patch) { return patch.file.find("patches/common/") == std::string::npos; }));
}

/// The sizes of which the baseline has a cell in this configuration.
std::vector<Row> sizes_in(const View& view, const Configuration& configuration) {
    std::vector<Row> rows = headline_rows(view);
    std::erase_if(rows, [&](const Row& row) { return !view.contenders.front().find(row, configuration); });
    return rows;
}

}  // namespace

std::vector<Table> price_tables(const View& view, const std::vector<CheckResult>& checks) {
    if (view.clock() || view.contenders.size() < 2) return {};
    const std::array<Configuration, 2> configurations = {kConfigurations[0], kConfigurations[2]};
    Table table;
    table.title =
        fmt::format("What each strategy changes of an exec's instructions against {}, and its price",
                    view.contenders.front().label);
    table.columns = {{"strategy", Table::Kind::name}};
    for (const Configuration& configuration : configurations) {
        std::vector<Table::Column> columns;
        for (const Row& row : sizes_in(view, configuration)) columns.push_back({size_name(row)});
        if (!columns.empty()) table.add_group(configuration.title, columns);
    }
    table.add_group("price", {{"failing cells"}, {"patches"}});
    if (!checks.empty()) table.add_group("conformance tests", {{"run"}, {"not as mainline"}, {"failed"}});
    for (std::size_t i = 1; i < view.contenders.size(); ++i) {
        const Contender& contender = view.contenders[i];
        std::vector<Entry> entries = {contender.label};
        for (const Configuration& configuration : configurations)
            for (const Row& row : sizes_in(view, configuration))
                entries.push_back(saved_entry(view, contender, row, configuration));
        entries.push_back(count_entry(failed_cells(contender)));
        const KernelInfo* kernel = contender.kernel();
        entries.push_back(kernel ? count_entry(own_patches(*kernel)) : Entry{"."});
        if (checks.empty()) {
            table.rows.push_back(std::move(entries));
            continue;
        }
        const Tested tests = tested(checks, contender.strategy);
        for (const std::size_t count : {tests.tests, tests.deviations, tests.failures})
            entries.push_back(tests.tests == 0 ? Entry{"."} : count_entry(count));
        table.rows.push_back(std::move(entries));
    }
    return {table};
}

}  // namespace stackshift
