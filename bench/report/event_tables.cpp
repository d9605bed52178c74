// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "report/entries.h"
#include "report/tables.h"

namespace stackshift {
namespace {

constexpr std::string_view kPrefix = "perf.";
constexpr std::string_view kFromSwitch = "perf.from_mm_switch.";

struct Found {
    std::vector<std::string> events;                       ///< counted somewhere, without prefix
    std::map<std::string, std::set<std::string>> reasons;  ///< why not -> events
};

Found find_events_of(const Contender& contender) {
    Found found;
    for (const auto& [name, cell] : contender.cells) {
        for (const auto& [metric, values] : cell->metrics) {
            if (!metric.starts_with(kPrefix) || metric.starts_with(kFromSwitch)) continue;
            const std::string event = metric.substr(kPrefix.size());
            if (std::find(found.events.begin(), found.events.end(), event) == found.events.end()) {
                found.events.push_back(event);
            }
        }
        for (const auto& [metric, reason] : cell->unavailable) {
            if (metric.starts_with(kPrefix) && !metric.starts_with(kFromSwitch)) {
                found.reasons[reason].insert(metric.substr(kPrefix.size()));
            }
        }
    }
    return found;
}

Entry event_entry(const CellResult& cell, const std::string& metric) {
    const Metric* found = find_metric(&cell, metric);
    return {mean_entry(&cell, metric), found ? std::optional(found->mean) : std::nullopt};
}

void add_rows(Table& table, const Contender& contender, const std::vector<std::string>& events) {
    // In the plan's order, which the map of cells has lost.
    for (const CellResult& cell : contender.result->cells) {
        const std::string name = cell.cell.name();
        if (cell.strategy != contender.strategy || contender.cells.count(name) == 0) continue;
        std::vector<Entry> entries = {name.substr(name.find('/') + 1)};
        for (const std::string& event : events) {
            entries.push_back(event_entry(cell, std::string(kPrefix) + event));
            entries.push_back(event_entry(cell, std::string(kFromSwitch) + event));
        }
        table.rows.push_back(std::move(entries));
    }
}

}  // namespace

std::vector<Table> event_tables(const View& view, ExecPath path) {
    std::vector<Table> tables;
    for (const Contender& contender : view.contenders) {
        const Found found = find_events_of(contender);
        if (found.events.empty() && found.reasons.empty()) continue;
        Table table;
        table.title =
            fmt::format("Events per exec (mean), {}, {}: of the whole exec, and from the mm switch on",
                        to_string(path), contender.label);
        table.columns = {{"cell", Table::Kind::name}};
        for (const std::string& event : found.events) table.add_group(event, {{"exec"}, {"mm on"}});
        if (!found.events.empty()) add_rows(table, contender, found.events);
        for (const auto& [reason, events] : found.reasons) {
            table.notes.push_back({"unavailable", fmt::format("{}: {}", fmt::join(events, ", "), reason)});
        }
        tables.push_back(std::move(table));
    }
    return tables;
}

}  // namespace stackshift
