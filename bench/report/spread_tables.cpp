// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <cmath>

#include "report/entries.h"
#include "report/tables.h"

namespace stackshift {
namespace {

Entry difference(double value) {
    return {difference_entry(value), value};
}

/// Distance of the interval's ends from the median, and the MAD.
std::vector<Entry> spread_entries(const CellResult* cell, const std::string& cost) {
    const Metric* metric = find_metric(cell, cost);
    if (!metric) return std::vector<Entry>(3, Entry{missing_entry(cell, metric)});
    std::vector<Entry> entries(3, Entry{"."});
    if (const std::optional<Interval> interval = clock_interval(*metric)) {
        entries[0] = difference(interval->low - metric->median);
        entries[1] = difference(interval->high - metric->median);
    }
    if (!metric->samples.empty()) {
        const double deviation = mad(metric->samples);
        entries[2] = {fmt::format("{}", std::llround(deviation)), deviation};
    }
    return entries;
}

}  // namespace

std::vector<Table> spread_tables(const View& view, ExecPath path) {
    if (!view.clock()) return {};
    std::vector<Table> tables;
    for (const Contender& contender : view.contenders) {
        const std::vector<Row> rows = contender.present(view.rows_of(path, true));
        if (rows.empty()) continue;
        const std::vector<Configuration> configurations = contender.configurations(rows);
        Table table;
        table.title =
            fmt::format("Spread, ns: ends of the 95 % interval from the median, MAD of the samples, {}, {}",
                        to_string(path), contender.label);
        table.columns = {{"pages"}};
        for (const Configuration& configuration : configurations) {
            table.add_group(configuration.title, {{"-low"}, {"+high"}, {"MAD"}});
        }
        for (const Row& row : rows) {
            std::vector<Entry> entries = {{std::to_string(row.pages), row.pages}};
            for (const Configuration& configuration : configurations) {
                const std::vector<Entry> spread =
                    spread_entries(contender.find(row, configuration), view.cost());
                entries.insert(entries.end(), spread.begin(), spread.end());
            }
            table.rows.push_back(std::move(entries));
        }
        tables.push_back(std::move(table));
    }
    return tables;
}

}  // namespace stackshift
