// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "report/entries.h"
#include "report/paired.h"
#include "report/tables.h"
#include "stats/stats.h"

namespace stackshift {
namespace {

/// "native ASLR argv:8p/long", with the path where it is not the usual one.
std::string exec_label(const Row& row, const Configuration& configuration) {
    const std::string path = row.path == ExecPath::self_exec ? "" : " " + std::string(to_string(row.path));
    return fmt::format("{}{} {}", configuration.title, path, row.label());
}

}  // namespace

std::optional<PairedDifference> paired_difference(const Metric& base, const Metric& other) {
    if (base.groups != other.groups || base.samples.size() != other.samples.size() || base.samples.empty())
        return std::nullopt;
    PairedDifference paired;
    std::vector<double> all;
    std::size_t next = 0;
    for (const std::size_t execs : base.groups) {
        std::vector<double> differences;
        for (std::size_t i = 0; i < execs; ++i, ++next)
            differences.push_back(other.samples[next] - base.samples[next]);
        if (differences.empty()) return std::nullopt;
        all.insert(all.end(), differences.begin(), differences.end());
        paired.of_seeds.push_back(median(differences));
    }
    paired.middle = median(all);
    return paired;
}

std::vector<Table> paired_tables(const View& view) {
    if (!view.paired || view.contenders.size() < 2) return {};
    const Contender& base = view.contenders.front();
    Table table;
    table.title = fmt::format(
        "What the code makes of the same exec against {}: the median of the pairs' differences, and the "
        "seeds' "
        "extremes",
        base.label);
    table.columns.push_back({"exec", Table::Kind::name});
    for (std::size_t i = 1; i < view.contenders.size(); ++i)
        table.add_group(view.contenders[i].label, {{"diff"}, {"least"}, {"most"}});
    for (const Row& row : view.rows) {
        for (const Configuration& configuration : kConfigurations) {
            const Metric* before = find_metric(base.find(row, configuration), view.cost());
            if (!before) continue;
            std::vector<Entry> entries = {{exec_label(row, configuration)}};
            for (std::size_t i = 1; i < view.contenders.size(); ++i) {
                const CellResult* cell = view.contenders[i].find(row, configuration);
                const Metric* after = find_metric(cell, view.cost());
                const auto paired = after ? paired_difference(*before, *after) : std::nullopt;
                if (!paired) {
                    const std::string missing = missing_entry(cell, after);
                    entries.insert(entries.end(), {{missing.empty() ? "." : missing}, {"."}, {"."}});
                    continue;
                }
                const auto [least, most] =
                    std::minmax_element(paired->of_seeds.begin(), paired->of_seeds.end());
                for (const double value : {paired->middle, *least, *most})
                    entries.push_back({difference_entry(value), value});
            }
            table.rows.push_back(std::move(entries));
        }
    }
    if (table.rows.empty()) return {};
    return {table};
}

}  // namespace stackshift
