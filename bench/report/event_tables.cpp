// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "report/entries.h"
#include "report/tables.h"
#include "report/text_table.h"

namespace stackshift {
namespace {

constexpr std::string_view kPrefix = "perf.";
constexpr std::string_view kFromSwitch = "perf.from_mm_switch.";
// So many columns of numbers beside a cell's name stay within 100 columns with names of some length.
constexpr std::size_t kColumns = 3;

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

std::string table_of(const Contender& contender, const std::vector<std::string>& events) {
    TextTable table({"cell", true});
    for (const std::string& event : events) table.add_group(event, {"exec", "mm on"});
    // In the plan's order, which the map of cells has lost.
    for (const CellResult& cell : contender.result->cells) {
        if (cell.strategy != contender.strategy || contender.cells.count(cell.name) == 0) continue;
        std::vector<std::string> entries = {cell.name.substr(cell.name.find('/') + 1)};
        for (const std::string& event : events) {
            entries.push_back(mean_entry(&cell, std::string(kPrefix) + event));
            entries.push_back(mean_entry(&cell, std::string(kFromSwitch) + event));
        }
        table.add_row(std::move(entries));
    }
    return table.text();
}

}  // namespace

std::string event_tables(const View& view, const std::string& path) {
    std::string text;
    for (const Contender& contender : view.contenders) {
        const Found found = find_events_of(contender);
        if (found.events.empty() && found.reasons.empty()) continue;
        text +=
            fmt::format("\nEvents an exec (mean), {}, {}: of the whole exec, and from the mm switch on\n\n",
                        path, contender.label);
        for (std::size_t i = 0; i < found.events.size(); i += kColumns) {
            const auto begin = found.events.begin() + static_cast<std::ptrdiff_t>(i);
            const auto end = found.events.begin() +
                             static_cast<std::ptrdiff_t>(std::min(i + kColumns, found.events.size()));
            text += table_of(contender, {begin, end});
            text += '\n';
        }
        for (const auto& [reason, events] : found.reasons) {
            text += wrapped("  unavailable  ", fmt::format("{}: {}", fmt::join(events, ", "), reason), 8);
        }
    }
    return text;
}

}  // namespace stackshift
