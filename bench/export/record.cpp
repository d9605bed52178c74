// SPDX-License-Identifier: MIT
#include "export/record.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <set>
#include <stdexcept>

#include "matrix/filter.h"
#include "report/view.h"
#include "stats/stats.h"
#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {
namespace {

constexpr const char* kAll = "all";
constexpr const char* kDefaultMetrics[] = {metrics::kInstructions, metrics::kTime, metrics::kStagingCost,
                                           metrics::kPageFaults, "tlb"};

/// "phase" of "phase.place"; empty where a name has no dot.
std::string group_of(const std::string& metric) {
    const std::size_t dot = metric.find('.');
    return dot == std::string::npos ? "" : metric.substr(0, dot);
}

/// Counts an exec: the tables show their means (report/entries.h).
bool is_count(const std::string& metric) {
    return metric == metrics::kPageFaults || metric.starts_with("tlb.") || metric.starts_with("perf.");
}

/// Which metrics were asked for, and whether each word met any.
class MetricChoice {
  public:
    explicit MetricChoice(const std::vector<std::string>& words) : words_(words), by_default_(words.empty()) {
        if (by_default_) words_.assign(std::begin(kDefaultMetrics), std::end(kDefaultMetrics));
    }

    bool takes(const std::string& metric) {
        seen_.insert(metric);
        bool taken = false;
        for (const std::string& word : words_) {
            if (word != kAll && word != metric && word != group_of(metric)) continue;
            met_.insert(word);
            taken = true;
        }
        return taken;
    }

    /// Whether a cell of this instrument should have it: asked for by its whole name.
    bool by_default() const { return by_default_; }

    void require_all_met() const {
        if (by_default_) return;
        for (const std::string& word : words_) {
            if (met_.contains(word)) continue;
            std::set<std::string> known = seen_;
            known.insert(kAll);
            for (const std::string& metric : seen_) {
                if (const std::string group = group_of(metric); !group.empty()) known.insert(group);
            }
            throw Error(Exit::usage, unknown_name_message("metric", word, {known.begin(), known.end()}));
        }
    }

  private:
    std::vector<std::string> words_;
    bool by_default_;
    std::set<std::string> seen_;
    std::set<std::string> met_;
};

void set_bounds(ExportRecord& record, const Metric& metric, Instrument instrument) {
    if (instrument == Instrument::clock && record.statistic == Statistic::median) {
        if (const std::optional<Interval> interval = clock_interval(metric)) {
            record.low = interval->low;
            record.high = interval->high;
        }
        return;
    }
    // Of counts each boot gives one sample, so that its median is its mean.
    if (metric.group_medians.size() < 2) return;
    const auto [low, high] = std::minmax_element(metric.group_medians.begin(), metric.group_medians.end());
    record.low = *low;
    record.high = *high;
}

ExportRecord record_of(const CellResult& cell, const std::string& name, const Metric& metric,
                       Instrument instrument) {
    ExportRecord record;
    record.strategy = cell.strategy;
    record.cell = cell.cell;
    record.metric = name;
    record.unit = metric.unit;
    record.better = parse<Better>(metric.better).value_or(Better::none);
    record.statistic = is_count(name) ? Statistic::mean : Statistic::median;
    record.value = record.statistic == Statistic::mean ? metric.mean : metric.median;
    record.min = metric.min;
    record.max = metric.max;
    record.mean = metric.mean;
    record.n = metric.n;
    record.group_medians = metric.group_medians;
    record.groups = metric.groups;
    set_bounds(record, metric, instrument);
    return record;
}

/// Whether a reason for a missing metric or group of them concerns what was asked for.
bool concerns(MetricChoice& choice, const std::string& unavailable) {
    // "phase" stands for all its metrics, staging cost among them.
    const bool own = choice.takes(unavailable);
    return own || (unavailable == "phase" && choice.takes(metrics::kStagingCost));
}

void add_cell(ExportData& data, const CellResult& cell, MetricChoice& choice, Instrument instrument) {
    if (cell.status != CellStatus::ok) {
        data.gaps.push_back({cell.strategy, cell.cell, "", cell.status,
                             cell.status == CellStatus::failed && cell.expected,
                             cell.reason.empty() ? "no reason given" : cell.reason});
        return;
    }
    for (const auto& [name, metric] : cell.metrics) {
        if (choice.takes(name)) data.records.push_back(record_of(cell, name, metric, instrument));
    }
    for (const auto& [name, reason] : cell.unavailable) {
        if (concerns(choice, name))
            data.gaps.push_back({cell.strategy, cell.cell, name, CellStatus::unavailable, false, reason});
    }
}

/// Two records of one name would be one point twice in a history, and nobody could say which of them it is.
void require_distinct(const std::vector<Result>& results) {
    std::map<std::string, std::string> runs;
    for (const Result& result : results) {
        for (const CellResult& cell : result.cells) {
            const std::string name = cell.strategy + '/' + cell.cell.name();
            const auto [found, is_new] = runs.emplace(name, result.run.id);
            if (is_new) continue;
            throw Error(Exit::usage,
                        fmt::format("{} is in run {} and in run {}: export them one by one, or give --filter",
                                    name, found->second, result.run.id));
        }
    }
}

}  // namespace

std::string ExportRecord::benchmark() const {
    return strategy + '/' + cell.name();
}

std::string ExportRecord::name() const {
    return benchmark() + '/' + metric;
}

std::vector<std::string> ExportData::strategies() const {
    std::vector<std::string> names;
    for (const Result& result : results) {
        for (const CellResult& cell : result.cells) {
            if (std::find(names.begin(), names.end(), cell.strategy) == names.end())
                names.push_back(cell.strategy);
        }
    }
    return names;
}

const Result& ExportData::result_of(const std::string& strategy) const {
    for (const Result& result : results) {
        for (const CellResult& cell : result.cells) {
            if (cell.strategy == strategy) return result;
        }
    }
    throw std::invalid_argument("no result holds " + strategy);
}

const KernelInfo* ExportData::kernel_of(const std::string& strategy) const {
    for (const KernelInfo& kernel : result_of(strategy).kernels) {
        if (kernel.strategy == strategy) return &kernel;
    }
    return nullptr;
}

ExportData make_export(std::vector<Result> results, const ExportRequest& request,
                       const ExportContext& context) {
    if (results.empty()) throw std::invalid_argument("export of no results");
    const CellFilter filter("--filter", request.filter);
    bool any = false;
    for (Result& result : results) {
        std::erase_if(result.cells, [&](const CellResult& cell) { return !filter.takes(cell.cell); });
        any = any || !result.cells.empty();
    }
    if (!any) {
        throw Error(Exit::usage,
                    request.filter.empty()
                        ? "the results hold no cell"
                        : fmt::format("--filter '{}' matches no cell of these results", request.filter));
    }
    require_distinct(results);
    ExportData data;
    data.context = context;
    MetricChoice choice(request.metrics);
    for (const Result& result : results) {
        for (const CellResult& cell : result.cells) add_cell(data, cell, choice, result.run.instrument);
    }
    choice.require_all_met();
    if (data.records.empty()) {
        const std::vector<std::string> lines = gap_lines(data.gaps);
        throw Error(Exit::usage, fmt::format("nothing to export: {}",
                                             lines.empty() ? "no cell has such a metric" : lines.front()));
    }
    data.results = std::move(results);
    return data;
}

std::int64_t started_seconds(const Result& result) {
    // As timestamp() of run/directory.h writes it; the schema allows a fraction and an offset too.
    std::tm parts = {};
    const char* const end = strptime(result.run.started.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (end == nullptr || std::string_view(end) != "Z") {
        throw Error(Exit::usage, fmt::format("run.started is \"{}\", not like \"2026-01-01T12:00:00Z\"",
                                             result.run.started));
    }
    return timegm(&parts);
}

namespace {

std::string what_is_missing(const ExportGap& gap) {
    if (!gap.metric.empty()) return gap.metric + " unavailable";
    if (gap.status == CellStatus::unavailable) return "unavailable";
    return gap.declared ? "failed, as declared" : "FAILED, not declared";
}

/// Where in a chain it failed differs from cell to cell; why does not.
std::string reason_of(const ExportGap& gap) {
    const std::size_t colon = gap.reason.find(": ");
    const bool placed = gap.reason.starts_with("exec ") && colon != std::string::npos;
    return placed ? gap.reason.substr(colon + 2) : gap.reason;
}

}  // namespace

std::vector<std::string> gap_lines(const std::vector<ExportGap>& gaps) {
    struct Group {
        std::string text;
        std::vector<std::string> strategies;
        std::size_t cells = 0;
        std::string first;
    };
    std::vector<Group> groups;
    for (const ExportGap& gap : gaps) {
        const std::string text = what_is_missing(gap) + ": " + reason_of(gap);
        auto group = std::find_if(groups.begin(), groups.end(),
                                  [&](const Group& candidate) { return candidate.text == text; });
        if (group == groups.end()) group = groups.insert(group, {text, {}, 0, gap.cell.name()});
        ++group->cells;
        if (std::find(group->strategies.begin(), group->strategies.end(), gap.strategy) ==
            group->strategies.end())
            group->strategies.push_back(gap.strategy);
    }
    std::vector<std::string> lines;
    for (const Group& group : groups) {
        lines.push_back(fmt::format("{}: {} cell{} {} (first: {})", fmt::join(group.strategies, ", "),
                                    group.cells, group.cells == 1 ? "" : "s", group.text, group.first));
    }
    return lines;
}

}  // namespace stackshift
