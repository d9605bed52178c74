// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <cmath>

#include "report/entries.h"
#include "report/tables.h"
#include "report/text_table.h"

namespace stackshift {
namespace {

/// Distance of the interval's ends from the median, and the MAD.
std::vector<std::string> spread_entries(const CellResult* cell, const std::string& cost) {
    const Metric* metric = find_metric(cell, cost);
    if (!metric) return std::vector<std::string>(3, missing_entry(cell, metric));
    std::vector<std::string> entries = {".", ".", "."};
    if (const std::optional<Interval> interval = clock_interval(*metric)) {
        entries[0] = difference_entry(interval->low - metric->median);
        entries[1] = difference_entry(interval->high - metric->median);
    }
    if (!metric->samples.empty()) entries[2] = fmt::format("{}", std::llround(mad(metric->samples)));
    return entries;
}

}  // namespace

std::string spread_tables(const View& view, const std::string& path) {
    if (!view.clock()) return "";
    std::string text;
    for (const Contender& contender : view.contenders) {
        const std::vector<Row> rows = contender.present(view.rows_of(path, true));
        if (rows.empty()) continue;
        const std::vector<Configuration> configurations = contender.configurations(rows);
        TextTable table({"pages"});
        for (const Configuration& configuration : configurations) {
            table.add_group(configuration.title, {"-low", "+high", "MAD"});
        }
        for (const Row& row : rows) {
            std::vector<std::string> entries = {std::to_string(row.pages)};
            for (const Configuration& configuration : configurations) {
                const std::vector<std::string> spread =
                    spread_entries(contender.find(row, configuration), view.cost());
                entries.insert(entries.end(), spread.begin(), spread.end());
            }
            table.add_row(std::move(entries));
        }
        text += fmt::format(
            "\nSpread, ns: ends of the 95 % interval from the median, MAD of the samples, {}, {}\n\n", path,
            contender.label);
        text += table.text();
    }
    return text;
}

}  // namespace stackshift
