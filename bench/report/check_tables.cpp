// SPDX-License-Identifier: MIT
#include "report/check_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "report/text.h"

namespace stackshift {
namespace {

// A column of the matrix; what was seen is in result.json in full.
constexpr size_t kWidestEntry = 12;

using Status = CheckRow::Status;

std::string group_of(const std::string& test) {
    return test.substr(0, test.find('/'));
}

/// Names in the order of their first row.
std::vector<std::string> in_order(const CheckResult& result, std::string (*key)(const CheckRow&)) {
    std::vector<std::string> names;
    for (const CheckRow& row : result.rows) {
        const std::string name = key(row);
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names;
}

std::string count_text(const std::map<Status, size_t>& counts) {
    std::string text;
    const auto add = [&](Status status, const char* mark) {
        const auto found = counts.find(status);
        if (found == counts.end()) return;
        text += fmt::format("{}{}{}", text.empty() ? "" : " ", found->second, mark);
    };
    add(Status::ok, "");
    add(Status::deviation, "d");
    add(Status::failed, "F");
    add(Status::skipped, "s");
    return text.empty() ? "-" : text;
}

void add_strategies(Table& table, const std::vector<std::string>& strategies) {
    for (const std::string& strategy : strategies) table.add_group("", {{strategy}});
}

Table group_table(const CheckResult& result, const std::vector<std::string>& strategies) {
    std::map<std::string, std::map<std::string, std::map<Status, size_t>>> counts;
    for (const CheckRow& row : result.rows) ++counts[group_of(row.test)][row.strategy][row.status];
    Table table;
    table.title = "Tests by group and strategy: as mainline, d: declared deviation, F: failure, s: skipped";
    table.columns = {{"group", Table::Kind::name}};
    add_strategies(table, strategies);
    for (const std::string& group :
         in_order(result, [](const CheckRow& row) { return group_of(row.test); })) {
        std::vector<Entry> entries = {group};
        for (const std::string& strategy : strategies) entries.push_back(count_text(counts[group][strategy]));
        table.rows.push_back(std::move(entries));
    }
    return table;
}

std::string entry_of(const CheckRow* row) {
    if (row == nullptr) return "-";
    if (row->status == Status::skipped) return "skipped";
    if (row->status == Status::ok) return "=";
    std::string text = row->seen.substr(0, row->seen.find(" instead of "));
    text = text.substr(0, text.find('\n'));
    if (text.empty()) text = "not so";
    if (text.size() > kWidestEntry) text = text.substr(0, kWidestEntry - 1) + "~";
    return row->status == Status::failed ? "!" + text : text;
}

/// Tests of one group that the strategies pass, deviate in and fail alike and for the same reasons: one row.
struct Property {
    std::string first;  ///< the first of them
    size_t count = 0;
    std::vector<std::string> entries;  ///< of the first, one per strategy
};

/// Every property in which some strategy is not as mainline.
Table matrix(const CheckResult& result, const std::vector<std::string>& strategies) {
    std::map<std::string, std::map<std::string, const CheckRow*>> rows;
    for (const CheckRow& row : result.rows) rows[row.test][row.strategy] = &row;
    std::map<std::string, size_t> places;
    std::vector<Property> properties;
    for (const std::string& test : in_order(result, [](const CheckRow& row) { return row.test; })) {
        std::string key = group_of(test);
        std::vector<std::string> entries;
        bool telling = false;
        for (const std::string& strategy : strategies) {
            const CheckRow* row = rows[test][strategy];
            entries.push_back(entry_of(row));
            key += '\n';
            if (row == nullptr || row->status == Status::ok || row->status == Status::skipped) continue;
            telling = true;
            // A failure is nobody's like.
            key += row->reason + (row->status == Status::failed ? test : "");
        }
        if (!telling) continue;
        const auto [place, added] = places.emplace(key, properties.size());
        if (added) properties.push_back({test, 0, entries});
        ++properties[place->second].count;
    }
    Table table;
    table.title =
        "Where a strategy is not as mainline (=), by what was seen; !: not declared; +N: so many tests alike";
    table.columns = {{"property", Table::Kind::name}};
    table.add_group("", {{"alike"}}, true);
    add_strategies(table, strategies);
    for (const Property& property : properties) {
        std::vector<Entry> entries = {property.first,
                                      property.count > 1 ? fmt::format("+{}", property.count - 1) : ""};
        entries.insert(entries.end(), property.entries.begin(), property.entries.end());
        table.rows.push_back(std::move(entries));
    }
    return table;
}

/// A note per reason, with how many tests it explains.
std::vector<Note> reasons(const CheckResult& result) {
    std::map<std::pair<std::string, std::string>, size_t> counts;
    std::vector<std::pair<std::string, std::string>> order;
    for (const CheckRow& row : result.rows) {
        if (row.status != Status::deviation) continue;
        const std::pair<std::string, std::string> key = {row.strategy, row.reason};
        if (counts[key]++ == 0) order.push_back(key);
    }
    std::vector<Note> notes;
    for (const auto& key : order) {
        notes.push_back({key.first, fmt::format("{} ({} {})", key.second, counts[key],
                                                counts[key] == 1 ? "test" : "tests")});
    }
    return notes;
}

std::vector<Note> skipped(const CheckResult& result) {
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> strategies;
    std::vector<std::pair<std::string, std::string>> order;
    for (const CheckRow& row : result.rows) {
        if (row.status != Status::skipped) continue;
        const std::pair<std::string, std::string> key = {group_of(row.test), row.seen};
        std::vector<std::string>& names = strategies[key];
        if (names.empty()) order.push_back(key);
        if (std::find(names.begin(), names.end(), row.strategy) == names.end()) names.push_back(row.strategy);
    }
    std::vector<Note> notes;
    for (const auto& key : order)
        notes.push_back({key.first, fmt::format("{} ({})", key.second, fmt::join(strategies[key], ", "))});
    return notes;
}

std::vector<Note> failures(const CheckResult& result) {
    std::vector<Note> notes;
    for (const CheckRow& row : result.rows) {
        if (row.status != Status::failed) continue;
        notes.push_back({"FAIL", fmt::format("{}: {}: {}{}{}", row.strategy, row.test,
                                             row.seen.substr(0, row.seen.find('\n')),
                                             row.seen.empty() ? "" : " -- ", row.reason)});
    }
    return notes;
}

std::vector<std::string> strategies_of(const CheckResult& result) {
    return in_order(result, [](const CheckRow& row) { return row.strategy; });
}

std::string titled(const char* title, const std::vector<Note>& notes) {
    return notes.empty() ? "" : fmt::format("\n{}\n", title) + notes_text(notes);
}

}  // namespace

std::string check_text(const CheckResult& result) {
    const std::vector<std::string> strategies = strategies_of(result);
    return table_text(group_table(result, strategies)).substr(1) + table_text(matrix(result, strategies)) +
           titled("Declared, because", reasons(result)) + titled("Skipped", skipped(result)) +
           titled("Failures", failures(result));
}

std::vector<Table> check_tables(const CheckResult& result) {
    const std::vector<std::string> strategies = strategies_of(result);
    std::vector<Table> tables = {group_table(result, strategies), matrix(result, strategies)};
    tables[0].notes = skipped(result);
    tables[1].notes = reasons(result);
    if (std::vector<Note> failed = failures(result); !failed.empty()) {
        tables.emplace_back();
        tables.back().title = "Failures";
        tables.back().notes = std::move(failed);
    }
    return tables;
}

}  // namespace stackshift
