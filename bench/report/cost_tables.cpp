// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/entries.h"
#include "report/problems.h"
#include "report/tables.h"
#include "report/text_table.h"

namespace stackshift {
namespace {

const std::vector<Configuration>& all_configurations() {
    static const std::vector<Configuration> all(kConfigurations.begin(), kConfigurations.end());
    return all;
}

/// "Instructions an exec (median), self-exec".
std::string cost_title(const View& view, const std::string& path) {
    return fmt::format("{} (median), {}", view.clock() ? "Time of an exec, ns" : "Instructions an exec",
                       path);
}

std::string width_heading(const View& view) {
    return view.clock() ? "+-95%" : "+-seed";
}

/// The largest half width of some cells: one column that says how sure the whole row is.
class WidestOf {
  public:
    explicit WidestOf(const View& view) : view_(view) {}
    void add(const CellResult* cell) {
        const Metric* metric = find_metric(cell, view_.cost());
        const std::optional<double> half = metric ? half_width(*metric, view_.clock()) : std::nullopt;
        if (!half) return;
        widest_ = std::max(widest_, *half);
        known_ = true;
    }
    std::string entry() const { return known_ ? fmt::format("{}", std::llround(widest_)) : "."; }

  private:
    const View& view_;
    double widest_ = 0;
    bool known_ = false;
};

/// "~" where two medians cannot be told apart: their intervals overlap, or one has none. Counts need no such
/// mark.
std::string doubt(const View& view, const CellResult* a, const CellResult* b) {
    const Metric* of_a = find_metric(a, view.cost());
    const Metric* of_b = find_metric(b, view.cost());
    if (!view.clock() || !of_a || !of_b) return "";
    const std::optional<Interval> one = clock_interval(*of_a);
    const std::optional<Interval> other = clock_interval(*of_b);
    const bool apart = one && other && (one->low > other->high || other->low > one->high);
    return apart ? " " : "~";
}

/// Adds the difference a - b and what it is of b.
void add_difference(const View& view, std::vector<std::string>& entries, const CellResult* a,
                    const CellResult* b) {
    const std::optional<double> difference = median_difference(a, b, view.cost());
    entries.push_back(difference_entry(difference));
    entries.push_back(percent_entry(difference, b, view.cost()) + doubt(view, a, b));
}

using RowLabel = std::string (*)(const Row&);

std::string pages_label(const Row& row) {
    return std::to_string(row.pages);
}

std::string full_label(const Row& row) {
    return row.label();
}

/// The baseline and contenders `first` .. `last` - 1 beside it.
TextTable versus_table(const View& view, const Configuration& configuration, const std::vector<Row>& rows,
                       std::size_t first, std::size_t last) {
    const bool by_pages = rows.front().long_argv();
    const RowLabel label = by_pages ? pages_label : full_label;
    const Contender& baseline = view.contenders.front();
    TextTable table(by_pages ? TextTable::Column{"pages", false} : TextTable::Column{"cell", true});
    table.add_group(baseline.label, {"median"});
    for (std::size_t i = first; i < last; ++i) {
        table.add_group(view.contenders[i].label, {"median", "diff", view.clock() ? "% " : "%"});
    }
    table.add_group("", {width_heading(view)});
    for (const Row& row : rows) {
        const CellResult* base = baseline.find(row, configuration);
        WidestOf widest(view);
        widest.add(base);
        std::vector<std::string> entries = {label(row), median_entry(base, view.cost())};
        bool there = base != nullptr;
        for (std::size_t i = first; i < last; ++i) {
            const CellResult* cell = view.contenders[i].find(row, configuration);
            there = there || cell;
            widest.add(cell);
            entries.push_back(median_entry(cell, view.cost()));
            add_difference(view, entries, cell, base);
        }
        entries.push_back(widest.entry());
        if (there) table.add_row(std::move(entries));
    }
    return table;
}

/// As many contenders in a table as fit beside the baseline; the rest in further tables.
std::string versus_tables(const View& view, const Configuration& configuration,
                          const std::vector<Row>& rows) {
    if (rows.empty()) return "";
    std::string text;
    const std::size_t count = view.contenders.size();
    for (std::size_t first = 1; first < count;) {
        std::size_t last = count;
        while (last > first + 1 && !versus_table(view, configuration, rows, first, last).fits()) --last;
        const TextTable table = versus_table(view, configuration, rows, first, last);
        if (!table.empty()) {
            if (!text.empty()) text += '\n';
            text += table.text();
        }
        first = last;
    }
    return text;
}

}  // namespace

std::string cost_table(const View& view, const std::string& path) {
    const std::vector<Row> rows = view.rows_of(path, true);
    if (rows.empty()) return "";
    const Contender& contender = view.contenders.front();
    TextTable table({"pages"});
    for (const char* abi : {"native", "i386"}) {
        table.add_group(abi, {"ASLR", "no ASLR", "on-off", view.clock() ? "% " : "%"});
    }
    table.add_group("ASLR", {"i386-nat"});
    table.add_group("", {width_heading(view)});
    for (const Row& row : rows) {
        std::vector<std::string> entries = {pages_label(row)};
        WidestOf widest(view);
        for (std::size_t on = 0; on < kConfigurations.size(); on += 2) {
            const CellResult* with = contender.find(row, kConfigurations[on]);
            const CellResult* without = contender.find(row, kConfigurations[on + 1]);
            for (const CellResult* cell : {with, without}) {
                entries.push_back(median_entry(cell, view.cost()));
                widest.add(cell);
            }
            add_difference(view, entries, with, without);
        }
        entries.push_back(difference_entry(median_difference(
            contender.find(row, kConfigurations[2]), contender.find(row, kConfigurations[0]), view.cost())));
        entries.push_back(widest.entry());
        table.add_row(std::move(entries));
    }
    return fmt::format("\n{}, long strings in argv, {}\n\n", cost_title(view, path), contender.label) +
           table.text() + problem_list(view, rows, all_configurations());
}

std::string other_cells_table(const View& view, const std::string& path) {
    const std::vector<Row> rows = view.rows_of(path, false);
    if (rows.empty()) return "";
    const Contender& contender = view.contenders.front();
    TextTable table({"cell", true});
    table.add_group("native", {"ASLR", "no ASLR"});
    table.add_group("i386", {"ASLR", "no ASLR"});
    table.add_group("", {width_heading(view)});
    for (const Row& row : rows) {
        std::vector<std::string> entries = {row.label()};
        WidestOf widest(view);
        for (const Configuration& configuration : kConfigurations) {
            const CellResult* cell = contender.find(row, configuration);
            entries.push_back(median_entry(cell, view.cost()));
            widest.add(cell);
        }
        entries.push_back(widest.entry());
        table.add_row(std::move(entries));
    }
    return fmt::format("\n{}, other strings and places, {}\n\n", cost_title(view, path), contender.label) +
           table.text() + problem_list(view, rows, all_configurations());
}

std::string contender_tables(const View& view, const std::string& path) {
    std::string text;
    for (const bool long_argv : {true, false}) {
        const std::vector<Row> rows = view.rows_of(path, long_argv);
        for (const Configuration& configuration : kConfigurations) {
            const std::string tables = versus_tables(view, configuration, rows);
            if (tables.empty()) continue;
            text += fmt::format("\n{}, {}, {}\n\n", cost_title(view, path),
                                long_argv ? "long strings in argv" : "other strings and places",
                                configuration.title);
            text += tables + problem_list(view, rows, {configuration});
        }
    }
    return text;
}

}  // namespace stackshift
