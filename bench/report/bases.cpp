// SPDX-License-Identifier: MIT
#include "report/bases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "kernels/kernel_base.h"
#include "report/entries.h"
#include "report/headline.h"
#include "report/text_table.h"
#include "run/environment.h"

namespace stackshift {
namespace {

/// The bases of a result's kernels, in order.
std::vector<std::string> bases_of(const Result& result) {
    std::vector<std::string> bases;
    const auto add = [&](const std::string& kernel) {
        const std::string base = split_kernel_name(kernel).second;
        if (std::find(bases.begin(), bases.end(), base) == bases.end()) bases.push_back(base);
    };
    for (const KernelInfo& kernel : result.kernels) add(kernel.strategy);
    for (const CellResult& cell : result.cells) add(cell.strategy);
    return bases;
}

Result part_of(const Result& result, const std::string& base) {
    Result part;
    part.run = result.run;
    part.environment = result.environment;
    for (const KernelInfo& kernel : result.kernels) {
        const auto [strategy, of] = split_kernel_name(kernel.strategy);
        if (of != base) continue;
        part.kernels.push_back(kernel);
        part.kernels.back().strategy = strategy;
    }
    for (const CellResult& cell : result.cells) {
        const auto [strategy, of] = split_kernel_name(cell.strategy);
        if (of != base) continue;
        part.cells.push_back(cell);
        part.cells.back().strategy = strategy;
    }
    return part;
}

/// Strategies in the order in which the bases have them.
std::vector<std::string> strategies_of(const std::vector<View>& views) {
    std::vector<std::string> names;
    for (const View& view : views) {
        for (const Contender& contender : view.contenders) {
            if (std::find(names.begin(), names.end(), contender.label) == names.end())
                names.push_back(contender.label);
        }
    }
    return names;
}

const Contender* find(const View& view, const std::string& label) {
    for (const Contender& contender : view.contenders)
        if (contender.label == label) return &contender;
    return nullptr;
}

/// The baseline's median, and of the others the difference in percent.
Entry entry_of(const View& view, const std::string& strategy, const Row& row,
               const Configuration& configuration) {
    const Contender* contender = find(view, strategy);
    if (contender == nullptr) return {"."};
    const CellResult* cell = contender->find(row, configuration);
    const Contender& baseline = view.contenders.front();
    if (contender == &baseline || find_metric(cell, view.cost()) == nullptr)
        return {median_entry(cell, view.cost())};
    const CellResult* of = baseline.find(row, configuration);
    return {percent_entry(median_difference(cell, of, view.cost()), of, view.cost())};
}

}  // namespace

std::vector<BasePart> parts_by_base(const std::vector<Result>& results) {
    std::vector<BasePart> parts;
    for (const Result& result : results) {
        for (const std::string& base : bases_of(result)) {
            auto part = std::find_if(parts.begin(), parts.end(),
                                     [&](const BasePart& known) { return known.base == base; });
            if (part == parts.end()) part = parts.insert(parts.end(), {base, {}});
            part->results.push_back(part_of(result, base));
        }
    }
    return parts;
}

std::string baseline_within(const BasePart& part, const std::string& baseline) {
    const auto [strategy, base] = split_kernel_name(baseline);
    if (strategy == baseline) return baseline;
    return base == part.base ? strategy : "";
}

std::vector<Table> base_tables(const std::vector<BasePart>& parts, const std::vector<View>& views) {
    if (views.size() < 2) return {};
    std::vector<Table> tables;
    for (const Configuration& configuration : {kConfigurations[0], kConfigurations[2]}) {
        Table table;
        table.title = fmt::format("The bases beside each other: {}, {} and what each strategy changes of it",
                                  configuration.title, views.front().clock() ? "ns" : "instructions");
        table.columns = {{"strategy", Table::Kind::name}};
        std::vector<Row> rows;
        for (const Row& row : headline_rows(views.front())) {
            const bool everywhere = std::all_of(views.begin(), views.end(), [&](const View& view) {
                return view.contenders.front().find(row, configuration) != nullptr;
            });
            if (!everywhere) continue;
            rows.push_back(row);
            std::vector<Table::Column> columns;
            for (const BasePart& part : parts) columns.push_back({part.base});
            table.add_group(row.label(), columns);
        }
        if (rows.empty()) continue;
        for (const std::string& strategy : strategies_of(views)) {
            std::vector<Entry> entries = {strategy};
            for (const Row& row : rows)
                for (const View& view : views)
                    entries.push_back(entry_of(view, strategy, row, configuration));
            table.rows.push_back(std::move(entries));
        }
        tables.push_back(std::move(table));
    }
    return tables;
}

std::string unported_text(const std::vector<Result>& results) {
    std::map<std::string, std::vector<std::string>> missing;
    for (const Result& result : results) {
        if (!result.environment.contains(kUnported)) continue;
        for (const auto& kernel : result.environment[kUnported]) {
            if (!kernel.is_string()) continue;
            const auto [strategy, base] = split_kernel_name(kernel.get<std::string>());
            missing[base].push_back(strategy);
        }
    }
    std::string text;
    for (const auto& [base, strategies] : missing)
        text += fmt::format("Not ported to {}: {}.\n", base, fmt::join(strategies, ", "));
    return text;
}

std::string left_out_text(const std::vector<Result>& results) {
    std::set<std::string> cells;
    for (const Result& result : results)
        for (const auto& cell : result.environment.value(kLeftOut, nlohmann::ordered_json::array()))
            if (cell.is_string()) cells.insert(cell.get<std::string>());
    if (cells.empty()) return "";
    return wrapped("",
                   fmt::format("Left out in all kernels, as a contender is declared to fail there: {}.",
                               fmt::join(cells, ", ")),
                   2);
}

}  // namespace stackshift
