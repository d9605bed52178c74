// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "report/entries.h"
#include "report/flush_model.h"
#include "report/tables.h"

namespace stackshift {
namespace {

constexpr const char* kFlushMetrics[] = {metrics::kFlushAll, metrics::kFlushOne, metrics::kPageFaults};

Entry predicted_entry(double value) {
    return {fmt::format("{:.2f}", value), value};
}

/// Counted and foretold, full and by page, of one cell.
std::vector<Entry> model_entries(const CellResult* cell, const Flushes& flushes) {
    return {{mean_entry(cell, metrics::kFlushAll)},
            predicted_entry(flushes.full),
            {mean_entry(cell, metrics::kFlushOne)},
            predicted_entry(flushes.pages)};
}

}  // namespace

std::vector<Table> flush_model_tables(const View& view) {
    if (view.clock()) return {};
    std::vector<Table> tables;
    for (const Contender& contender : view.contenders) {
        const std::vector<Row> rows = contender.present(view.rows_of(ExecPath::self_exec, true));
        const std::vector<Configuration> configurations = contender.configurations(rows);
        Table table;
        table.title =
            fmt::format("TLB flushes per exec (mean), counted and as mainline's source foretells them, {}",
                        contender.label);
        table.columns = {{"pages"}};
        for (const Configuration& configuration : configurations)
            table.add_group(configuration.title, {{"full"}, {"foretold"}, {"page"}, {"foretold"}});
        for (const Row& row : rows) {
            std::vector<Entry> entries = {{std::to_string(row.pages), row.pages}};
            bool any = false;
            for (const Configuration& configuration : configurations) {
                const CellResult* cell = contender.find(row, configuration);
                const std::optional<Flushes> flushes =
                    predicted_flushes(contender.strategy, row.cell(configuration));
                const bool both = flushes && find_metric(cell, metrics::kFlushAll);
                const std::vector<Entry> added =
                    both ? model_entries(cell, *flushes) : std::vector<Entry>(4, Entry{"."});
                entries.insert(entries.end(), added.begin(), added.end());
                any = any || both;
            }
            if (any) table.rows.push_back(std::move(entries));
        }
        if (!table.rows.empty()) tables.push_back(std::move(table));
    }
    return tables;
}

std::vector<Table> flush_tables(const View& view, ExecPath path) {
    std::vector<Table> tables;
    for (const Contender& contender : view.contenders) {
        const std::vector<Row> rows = contender.present(view.rows_of(path, true));
        const std::vector<Configuration> configurations = contender.configurations(rows);
        Table table;
        table.title =
            fmt::format("Full TLB flushes, single-page TLB flushes and page faults per exec (mean), {}, {}",
                        to_string(path), contender.label);
        table.columns = {{"pages"}};
        for (const Configuration& configuration : configurations) {
            table.add_group(configuration.title, {{"full"}, {"page"}, {"faults"}});
        }
        bool any = false;
        for (const Row& row : rows) {
            std::vector<Entry> entries = {{std::to_string(row.pages), row.pages}};
            for (const Configuration& configuration : configurations) {
                const CellResult* cell = contender.find(row, configuration);
                for (const char* metric : kFlushMetrics) {
                    const Metric* found = find_metric(cell, metric);
                    entries.push_back(
                        {mean_entry(cell, metric), found ? std::optional(found->mean) : std::nullopt});
                    any = any || found;
                }
            }
            table.rows.push_back(std::move(entries));
        }
        if (any) tables.push_back(std::move(table));
    }
    return tables;
}

}  // namespace stackshift
