// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "report/entries.h"
#include "report/tables.h"

namespace stackshift {
namespace {

constexpr const char* kFlushMetrics[] = {metrics::kFlushAll, metrics::kFlushOne, metrics::kPageFaults};

}  // namespace

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
