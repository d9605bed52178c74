// SPDX-License-Identifier: MIT
#include "gate/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gate/reduced.h"
#include "matrix/filter.h"
#include "report/comparable.h"
#include "report/view.h"
#include "results/load.h"
#include "results/metrics.h"
#include "stats/change_points.h"
#include "util/error.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCommits = "commits";

/// Files that may be results, in a fixed order.
std::vector<fs::path> candidate_files(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry :
         fs::recursive_directory_iterator(folder, fs::directory_options::follow_directory_symlink)) {
        const fs::path& path = entry.path();
        const bool direct = path.parent_path() == folder && path.extension() == ".json";
        if (entry.is_regular_file() && (direct || path.filename() == "result.json")) files.push_back(path);
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// What must be the same for counts or times to be one history.
std::string kind_of(const Result& result) {
    const RunInfo& run = result.run;
    const std::string kind = fmt::format("{} {}", to_string(run.instrument), run.profile);
    return run.instrument == Instrument::exact ? kind + ' ' + run.plan_sha256
                                               : kind + ' ' + environment_text(result, "cpu");
}

std::string commit_text(const KernelInfo& kernel) {
    if (kernel.commit.empty()) return "";
    return fmt::format("{} \"{}\"", kernel.commit.substr(0, 12), kernel.subject);
}

/// Kernels by the name under which they are one line through time.
std::map<std::string, std::vector<HistoryPoint>> lines_of(const std::vector<const Result*>& results) {
    std::map<std::string, std::vector<HistoryPoint>> lines;
    for (std::size_t i = 0; i < results.size(); ++i) {
        for (const KernelInfo& kernel : results[i]->kernels)
            lines[kernel.commit.empty() ? kernel.strategy : kCommits].push_back({i, kernel.strategy, {}});
    }
    return lines;
}

/// All cells of a result, by kernel and name.
class CellTable {
  public:
    explicit CellTable(const std::vector<const Result*>& results) {
        for (const Result* result : results) {
            cells_.emplace_back();
            for (const CellResult& cell : result->cells)
                cells_.back()[{cell.strategy, cell.cell.name()}] = &cell;
        }
    }
    const CellResult* find(const HistoryPoint& point, const std::string& cell) const {
        const auto found = cells_[point.result].find({point.kernel, cell});
        return found == cells_[point.result].end() ? nullptr : found->second;
    }

  private:
    std::vector<std::map<std::pair<std::string, std::string>, const CellResult*>> cells_;
};

std::vector<HistorySeries> series_of(const std::vector<const Result*>& results, const GateRequest& request,
                                     const std::string& metric) {
    const CellFilter filter("--filter", request.filter);
    const std::vector<std::string>& wanted = request.pairing.strategies;
    const CellTable table(results);
    std::vector<HistorySeries> all;
    for (const auto& [name, points] : lines_of(results)) {
        if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), name) == wanted.end()) continue;
        std::vector<std::string> names;  // in the newest run's order
        for (const CellResult& cell : results[points.back().result]->cells) {
            if (cell.strategy == points.back().kernel && filter.takes(cell.cell))
                names.push_back(cell.cell.name());
        }
        for (const std::string& cell : names) {
            HistorySeries series{name, cell, {}, {}};
            for (HistoryPoint point : points) {
                const CellResult* found = table.find(point, cell);
                if (found == nullptr) continue;
                if (const Metric* read = find_metric(found, metric)) point.value = read->median;
                series.points.push_back(point);
            }
            all.push_back(std::move(series));
        }
    }
    return all;
}

/// Which runs are held against each other, and what the gate says of their kernels' cells.
class Steps {
  public:
    Steps(const std::vector<const Result*>& results, const GateRequest& request, const std::string& metric)
        : results_(results), request_(request) {
        request_.rule = GateRule::equal;
        request_.metrics = {metric};
    }

    void want(const HistoryPoint& from, const HistoryPoint& to) {
        std::vector<KernelPair>& pairs = pairs_[{from.result, to.result}];
        const auto same = [&](const KernelPair& pair) {
            return pair.expected == from.kernel && pair.found == to.kernel;
        };
        if (std::none_of(pairs.begin(), pairs.end(), same)) pairs.push_back({from.kernel, to.kernel});
    }

    /// Judges all that is wanted. A pair that cannot be compared is a break, which is a note.
    std::vector<std::string> judge_all() {
        std::vector<std::string> notes;
        for (const auto& [runs, pairs] : pairs_) {
            GateRequest request = request_;
            request.pairing = {{}, pairs};
            try {
                const GateReport report = judge(*results_[runs.first], *results_[runs.second], request);
                for (const Finding& finding : report.findings)
                    findings_[{runs.first, runs.second, finding.strategy, finding.cell}] = finding;
            } catch (const Error& error) {
                if (error.code != Exit::incomparable) throw;
                notes.push_back(fmt::format("no step can be told between run {} and run {}: {}",
                                            results_[runs.first]->run.id, results_[runs.second]->run.id,
                                            error.what()));
            }
        }
        return notes;
    }

    const Finding* find(const HistoryPoint& from, const HistoryPoint& to, const std::string& cell) const {
        const auto found = findings_.find({from.result, to.result, from.kernel, cell});
        return found == findings_.end() ? nullptr : &found->second;
    }

  private:
    const std::vector<const Result*>& results_;
    GateRequest request_;
    std::map<std::pair<std::size_t, std::size_t>, std::vector<KernelPair>> pairs_;
    std::map<std::tuple<std::size_t, std::size_t, std::string, std::string>, Finding> findings_;
};

void find_exact_steps(HistoryReport& report, const std::vector<const Result*>& results,
                      const GateRequest& request) {
    Steps steps(results, request, report.metric);
    for (const HistorySeries& series : report.series)
        for (std::size_t i = 1; i < series.points.size(); ++i)
            steps.want(series.points[i - 1], series.points[i]);
    for (const std::string& note : steps.judge_all()) report.notes.push_back(note);
    for (HistorySeries& series : report.series) {
        for (std::size_t i = 1; i < series.points.size(); ++i) {
            const HistoryPoint& from = series.points[i - 1];
            const HistoryPoint& to = series.points[i];
            const Finding* finding = steps.find(from, to, series.cell);
            if (finding == nullptr || !finding->fails) continue;
            series.steps.push_back({i, from.value, to.value,
                                    finding->reason.empty() ? finding->rule : finding->reason,
                                    finding->part ? finding->part->metric : ""});
        }
    }
}

double level_of(const std::vector<double>& values, std::size_t from, std::size_t to) {
    return median(std::span(values).subspan(from, to - from));
}

void find_clock_steps(HistorySeries& series, const GateRequest& request) {
    std::vector<double> values;
    std::vector<double> logarithms;  // so that a step is a ratio, and noise of as many percent is the same
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < series.points.size(); ++i) {
        const std::optional<double>& value = series.points[i].value;
        if (!value || !(*value > 0)) continue;
        values.push_back(*value);
        logarithms.push_back(std::log(*value));
        places.push_back(i);
    }
    const std::vector<ChangePoint> found = change_points(logarithms);
    for (std::size_t i = 0; i < found.size(); ++i) {
        const double before = level_of(values, i == 0 ? 0 : found[i - 1].at, found[i].at);
        const double after =
            level_of(values, found[i].at, i + 1 == found.size() ? values.size() : found[i + 1].at);
        const double floor = std::max(request.absolute_floor.value_or(0),
                                      request.relative_floor.value_or(kClockFloor) / 100 * before);
        if (std::abs(after - before) <= floor) continue;
        series.steps.push_back({places[found[i].at], before, after,
                                fmt::format("E-divisive, p {:.3f} over {} runs", found[i].p, values.size()),
                                ""});
    }
}

}  // namespace

HistoryFiles load_history(const fs::path& folder) {
    if (!fs::is_directory(folder))
        throw Error(Exit::usage, fmt::format("--history {}: no such folder", folder.string()));
    HistoryFiles files;
    for (const fs::path& path : candidate_files(folder)) {
        try {
            files.results.push_back(summaries_of(load_result(path)));
        } catch (const Error& error) {
            if (error.code != Exit::usage) throw;
            files.notes.push_back(fmt::format("left out: {}", error.what()));
        }
    }
    if (files.results.empty())
        throw Error(Exit::usage, fmt::format("--history {}: holds no result.json{}", folder.string(),
                                             files.notes.empty() ? "" : "; " + files.notes.front()));
    std::stable_sort(files.results.begin(), files.results.end(),
                     [](const Result& a, const Result& b) { return a.run.started < b.run.started; });
    return files;
}

HistoryReport history_of(const HistoryFiles& files, const GateRequest& request) {
    const std::string kind = kind_of(files.results.back());
    std::vector<const Result*> results;
    for (const Result& result : files.results) {
        if (kind_of(result) == kind) results.push_back(&result);
    }
    HistoryReport report;
    report.instrument = results.back()->run.instrument;
    report.metric =
        request.metrics.empty() ? default_metrics(report.instrument).front() : request.metrics.front();
    report.notes = files.notes;
    if (const std::size_t others = files.results.size() - results.size(); others > 0)
        report.notes.push_back(fmt::format(
            "{} result{} left out: of another instrument, profile or {} than the newest", others,
            others == 1 ? " is" : "s are", report.instrument == Instrument::exact ? "plan" : "CPU"));
    for (const Result* result : results) {
        HistoryRun run{result->run.id, result->run.started, {}};
        for (const KernelInfo& kernel : result->kernels) run.commits[kernel.strategy] = commit_text(kernel);
        report.runs.push_back(std::move(run));
    }
    report.series = series_of(results, request, report.metric);
    if (report.series.empty())
        throw Error(Exit::usage, "--history: --filter or --strategies leave no cell of the newest result");
    if (report.instrument == Instrument::exact) {
        find_exact_steps(report, results, request);
    } else {
        for (HistorySeries& series : report.series) find_clock_steps(series, request);
    }
    return report;
}

}  // namespace stackshift
