// SPDX-License-Identifier: MIT
#include "gate/history_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/text_table.h"

namespace stackshift {
namespace {

constexpr std::size_t kMostRows = 20;

std::string value_text(const std::optional<double>& value) {
    return value ? fmt::format("{:.0f}", *value) : "FAIL";
}

std::string change_text(const std::optional<double>& before, const std::optional<double>& after) {
    if (!before || !after) return value_text(before) + " to " + value_text(after);
    const double change = *after - *before;
    return *before == 0 ? fmt::format("{:+.0f}", change)
                        : fmt::format("{:+.0f}, {:+.2f} %", change, 100 * change / *before);
}

/// A step, and the series that it is of.
struct PlacedStep {
    const HistorySeries* series;
    const HistoryStep* step;
    double size() const {
        if (!step->before || !step->after || *step->before == 0)
            return 1;  // from or to a failure: as large as any
        return std::abs(*step->after / *step->before - 1);
    }
};

/// The steps of each run's kernels, in the order of runs.
std::map<std::pair<std::size_t, std::string>, std::vector<PlacedStep>> steps_by_run(
    const HistoryReport& report) {
    std::map<std::pair<std::size_t, std::string>, std::vector<PlacedStep>> steps;
    for (const HistorySeries& series : report.series) {
        for (const HistoryStep& step : series.steps) {
            const HistoryPoint& point = series.points[step.at];
            steps[{point.result, point.kernel}].push_back({&series, &step});
        }
    }
    return steps;
}

std::string answer(const HistoryReport& report) {
    const auto stepped = std::count_if(report.series.begin(), report.series.end(),
                                       [](const HistorySeries& series) { return !series.steps.empty(); });
    std::string text =
        fmt::format("{} run{} from {} to {}, {}: ", report.runs.size(), report.runs.size() == 1 ? "" : "s",
                    report.runs.front().started, report.runs.back().started, report.metric);
    if (stepped == 0) {
        text += fmt::format("none of {} cells stepped", report.series.size());
    } else {
        text += fmt::format("{} of {} cells stepped", stepped, report.series.size());
    }
    if (report.instrument == Instrument::clock) {
        text += fmt::format("; by chance alone, one in a hundred may seem to ({:.0f} of these)",
                            std::ceil(0.01 * static_cast<double>(report.series.size())));
    }
    return text + '.';
}

std::string runs_text(const HistoryReport& report) {
    std::string text;
    for (const auto& [at, steps] : steps_by_run(report)) {
        const HistoryRun& run = report.runs[at.first];
        const auto commit = run.commits.find(at.second);
        const std::string kernel =
            commit == run.commits.end() || commit->second.empty() ? at.second : commit->second;
        const PlacedStep& most =
            *std::max_element(steps.begin(), steps.end(),
                              [](const PlacedStep& a, const PlacedStep& b) { return a.size() < b.size(); });
        text +=
            wrapped("",
                    fmt::format("{} run {}, {}: {} cell{} stepped, most {}: {}{} ({})", run.started, run.id,
                                kernel, steps.size(), steps.size() == 1 ? "" : "s", most.series->cell,
                                change_text(most.step->before, most.step->after),
                                most.step->part.empty() ? "" : ", in " + most.step->part, most.step->rule),
                    2);
    }
    return text.empty() ? "" : "\nWhere:\n" + text;
}

std::string trends_text(const HistoryReport& report, bool all) {
    TextTable table({"kernel and cell", true});
    table.add_group("", {"runs", "first", "last", "change", "steps"});
    std::size_t hidden = 0;
    std::size_t rows = 0;
    for (const HistorySeries& series : report.series) {
        if (!all && series.steps.empty()) continue;
        if (!all && rows == kMostRows) {
            ++hidden;
            continue;
        }
        ++rows;
        table.add_row({series.name + ' ' + series.cell, fmt::format("{}", series.points.size()),
                       value_text(series.points.front().value), value_text(series.points.back().value),
                       change_text(series.points.front().value, series.points.back().value),
                       fmt::format("{}", series.steps.size())});
    }
    if (table.empty()) return "";
    return "\nTrends:\n" + table.text() +
           (hidden > 0 ? fmt::format("and {} more cells that stepped: --all shows them\n", hidden) : "");
}

}  // namespace

std::string history_text(const HistoryReport& report, bool all) {
    std::string text = wrapped("", answer(report), 2);
    for (const std::string& note : report.notes) text += wrapped("", "note: " + note, 2);
    text += runs_text(report) + trends_text(report, all);
    for (char& c : text) {
        if (c != '\n' && (c < ' ' || c > '~')) c = '?';  // names and subjects come from files
    }
    return text;
}

}  // namespace stackshift
