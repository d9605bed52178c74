// SPDX-License-Identifier: MIT
#include "report/time_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/entries.h"

namespace stackshift {
namespace {

constexpr double kFalseCalls = 0.05;  ///< of false calls, for all cells of a contender together
constexpr double kTrueCalls = 0.8;
constexpr double kWantedPercent = 1;  ///< percent: what is foretold rounds for

std::string signed_percent(double percent) {
    return fmt::format("{:+.{}f}", percent, std::abs(percent) < 1 ? 2 : 1);
}

/// Without a sign.
std::string percent_size(double percent) {
    return fmt::format("{:.{}f}", percent, percent < 1 ? 2 : 1);
}

/// The medians of the rounds; where a file from elsewhere has none, its one median.
std::vector<double> rounds_of(const Metric& metric) {
    return metric.group_medians.empty() ? std::vector<double>{metric.median} : metric.group_medians;
}

/// A file from elsewhere may hold what is no time.
bool are_times(const std::vector<double>& rounds) {
    return std::all_of(rounds.begin(), rounds.end(), [](double ns) { return ns > 0; });
}

/// Both cells' times, the baseline's first, where both are measured.
struct TimedPair {
    TimeChange place;
    std::vector<double> before;
    std::vector<double> after;
};

std::vector<TimedPair> timed_pairs(const View& view, const Contender& contender) {
    std::vector<TimedPair> pairs;
    for (const Row& row : view.rows) {
        for (const Configuration& configuration : kConfigurations) {
            const Metric* before =
                find_metric(view.contenders.front().find(row, configuration), metrics::kTime);
            const Metric* after = find_metric(contender.find(row, configuration), metrics::kTime);
            if (before == nullptr || after == nullptr) continue;
            const TimedPair pair = {{row, &configuration, before->median, after->median, {}},
                                    rounds_of(*before),
                                    rounds_of(*after)};
            if (are_times(pair.before) && are_times(pair.after)) pairs.push_back(pair);
        }
    }
    return pairs;
}

std::vector<Entry> change_entries(const TimeChange& change) {
    const PairedChange& paired = change.change;
    std::vector<Entry> entries = {
        change.row.cell(*change.configuration).name(),
        {fmt::format("{}", std::llround(change.before)), change.before},
        {fmt::format("{}", std::llround(change.after)), change.after},
        {signed_percent(paired.percent) + (change.told() ? "%" : "~"), paired.percent}};
    if (paired.interval) {
        entries.push_back({signed_percent(paired.interval->low), paired.interval->low});
        entries.push_back({signed_percent(paired.interval->high), paired.interval->high});
    } else {
        entries.insert(entries.end(), 2, Entry{"."});
    }
    entries.push_back({fmt::format("{:.2g}", paired.p), paired.p});
    entries.push_back(paired.detectable ? Entry{percent_size(*paired.detectable), *paired.detectable}
                                        : Entry{"."});
    return entries;
}

}  // namespace

bool TimeChange::told() const {
    return change.p <= kFalseCalls;
}

bool interleaved(const View& view, const Contender& a, const Contender& b) {
    return view.clock() && a.result == b.result && a.strategy != b.strategy;
}

std::vector<TimeChange> time_changes(const View& view, const Contender& contender) {
    std::vector<TimeChange> changes;
    if (!interleaved(view, view.contenders.front(), contender)) return changes;
    const std::vector<TimedPair> pairs = timed_pairs(view, contender);
    if (pairs.empty()) return changes;
    // What the smallest p must reach.
    const TestSize size = {kFalseCalls / static_cast<double>(pairs.size()), kTrueCalls};
    std::vector<double> chances;
    for (const TimedPair& pair : pairs) {
        changes.push_back(pair.place);
        changes.back().change = paired_change(pair.before, pair.after, size, kWantedPercent);
        chances.push_back(changes.back().change.p);
    }
    const std::vector<double> adjusted = holm(chances);
    for (std::size_t i = 0; i < changes.size(); ++i) changes[i].change.p = adjusted[i];
    return changes;
}

std::string change_text(const TimeChange& change) {
    const PairedChange& paired = change.change;
    if (change.told() && paired.interval)
        return fmt::format("{} % ({} to {})", signed_percent(paired.percent),
                           signed_percent(paired.interval->low), signed_percent(paired.interval->high));
    std::string text = "no difference told";
    if (paired.detectable) text += fmt::format(", {} % would mostly be", percent_size(*paired.detectable));
    if (paired.rounds_wanted && *paired.rounds_wanted > paired.rounds)
        text += fmt::format("; about {} more rounds for {} %", *paired.rounds_wanted - paired.rounds,
                            kWantedPercent);
    return text;
}

std::vector<Table> time_change_tables(const View& view, const std::vector<Row>& only) {
    std::vector<Table> tables;
    for (const Contender& contender : view.contenders) {
        const std::vector<TimeChange> changes = time_changes(view, contender);
        if (changes.empty()) continue;
        Table table;
        table.title =
            fmt::format("Time per exec, ns (median), and the rounds' ratios, {} against {}, {} rounds",
                        contender.label, view.contenders.front().label, changes.front().change.rounds);
        table.columns = {{"cell", Table::Kind::name}};
        table.add_group("", {{"before"}, {"after"}});
        table.add_group("change, 95 %", {{"%"}, {"low"}, {"high"}});
        table.add_group("", {{"p"}, {"finds %"}});
        for (const TimeChange& change : changes) {
            if (only.empty() || std::find(only.begin(), only.end(), change.row) != only.end())
                table.rows.push_back(change_entries(change));
        }
        if (table.rows.empty()) continue;
        table.notes.push_back({"p", "of a sign test over the rounds, Holm's correction over all cells"});
        table.notes.push_back({"~", "p above 0.05: may be chance"});
        table.notes.push_back({"finds", "the least change that so many rounds find 8 times of 10"});
        tables.push_back(std::move(table));
    }
    return tables;
}

}  // namespace stackshift
