// SPDX-License-Identifier: MIT
// Markdown, for a job's summary or a comment: a table a metric, a row a cell, a column a kernel, each beside
// the first.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "export/formats.h"

namespace stackshift {
namespace {

/// A pipe would end the table's field.
std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '\n') {
            out += ' ';
        } else if (c == '|') {
            out += "\\|";
        } else {
            out += c;
        }
    }
    return out;
}

std::string value_text(const ExportRecord& record) {
    return record.statistic == Statistic::mean ? fmt::format("{:.2f}", record.value)
                                               : fmt::format("{}", std::llround(record.value));
}

/// As it is shown: a reader who divides must get the same percentage.
double shown(const ExportRecord& record) {
    return record.statistic == Statistic::mean ? record.value : std::round(record.value);
}

std::string entry(const ExportRecord* record, const ExportRecord* base) {
    if (record == nullptr) return "";
    std::string text = value_text(*record);
    if (base == nullptr || base == record || shown(*base) == 0) return text;
    return text + fmt::format(" ({:+.2f} %)", 100 * (shown(*record) - shown(*base)) / shown(*base));
}

/// Cells that were not measured, by STRATEGY/CELL: "FAIL" or "n/a".
using Missing = std::map<std::string, std::string>;

Missing missing_cells(const ExportData& data) {
    Missing missing;
    for (const ExportGap& gap : data.gaps) {
        if (gap.metric.empty())
            missing[gap.strategy + '/' + gap.cell.name()] = gap.status == CellStatus::failed ? "FAIL" : "n/a";
    }
    return missing;
}

/// The records of one metric, by cell and strategy.
using Grid = std::map<std::string, std::map<std::string, const ExportRecord*>>;

struct MetricTable {
    std::string metric;
    std::string unit;
    Statistic statistic = Statistic::median;
    Better better = Better::lower;
    std::vector<std::string> cells;
    std::vector<std::string> strategies;
    Grid grid;
};

void add_once(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

std::vector<MetricTable> tables_of(const ExportData& data) {
    std::vector<MetricTable> tables;
    for (const ExportRecord& record : data.records) {
        auto table = std::find_if(tables.begin(), tables.end(), [&](const MetricTable& candidate) {
            return candidate.metric == record.metric;
        });
        if (table == tables.end()) {
            table = tables.insert(
                table, MetricTable{record.metric, record.unit, record.statistic, record.better, {}, {}, {}});
        }
        add_once(table->cells, record.cell.name());
        add_once(table->strategies, record.strategy);
        table->grid[record.cell.name()][record.strategy] = &record;
    }
    return tables;
}

const ExportRecord* find(const Grid& grid, const std::string& cell, const std::string& strategy) {
    const auto row = grid.find(cell);
    if (row == grid.end()) return nullptr;
    const auto found = row->second.find(strategy);
    return found == row->second.end() ? nullptr : found->second;
}

std::string metric_table(const MetricTable& table, const Missing& missing) {
    std::string text = fmt::format(
        "### {} ({}{}{})\n\n| cell |", escaped(table.metric), to_string(table.statistic),
        table.unit == "1" ? " per exec" : ", " + escaped(table.unit) + " per exec",
        table.better == Better::none ? "" : fmt::format(", {} is better", to_string(table.better)));
    for (const std::string& strategy : table.strategies) text += ' ' + escaped(strategy) + " |";
    text += "\n|---|";
    for (std::size_t i = 0; i < table.strategies.size(); ++i) text += "---:|";
    text += '\n';
    for (const std::string& cell : table.cells) {
        text += fmt::format("| `{}` |", cell);
        const ExportRecord* base = find(table.grid, cell, table.strategies.front());
        for (const std::string& strategy : table.strategies) {
            const auto gap = missing.find(strategy + '/' + cell);
            text += ' ' +
                    (gap == missing.end() ? entry(find(table.grid, cell, strategy), base) : gap->second) +
                    " |";
        }
        text += '\n';
    }
    return text + '\n';
}

}  // namespace

Exported markdown_export(const ExportData& data) {
    Exported exported;
    for (const Result& result : data.results) {
        exported.text += fmt::format("stackshift {}: run {}, profile {}, {}{}\n\n", result.run.suite_version,
                                     result.run.id, result.run.profile, to_string(result.run.instrument),
                                     result.run.instrument == Instrument::exact
                                         ? fmt::format(" (instructions, {} seeds)", result.run.seeds.size())
                                         : " (time)");
    }
    const Missing missing = missing_cells(data);
    for (const MetricTable& table : tables_of(data)) exported.text += metric_table(table, missing);
    for (const std::string& line : gap_lines(data.gaps)) exported.text += "- " + escaped(line) + '\n';
    exported.left_out.emplace_back("intervals and numbers of samples");
    return exported;
}

}  // namespace stackshift
