// SPDX-License-Identifier: MIT
#include "gate/reduced.h"

#include "results/json.h"

namespace stackshift {
namespace {

Metric summary_of(const Metric& metric) {
    Metric reduced;
    reduced.unit = metric.unit;
    reduced.better = metric.better;
    reduced.groups = metric.groups;
    reduced.samples_sha256 = metric.samples_sha256;
    reduced.n = metric.n;
    reduced.median = metric.median;
    reduced.mean = metric.mean;
    reduced.min = metric.min;
    reduced.max = metric.max;
    reduced.group_medians = metric.group_medians;
    return reduced;
}

CellResult without_metrics(const CellResult& cell) {
    CellResult copy;
    copy.cell = cell.cell;
    copy.strategy = cell.strategy;
    copy.status = cell.status;
    copy.reason = cell.reason;
    copy.expected = cell.expected;
    copy.unavailable = cell.unavailable;
    return copy;
}

}  // namespace

Result summaries_of(const Result& result) {
    Result reduced;
    reduced.run = result.run;
    reduced.environment = result.environment;
    reduced.kernels = result.kernels;
    for (const CellResult& cell : result.cells) {
        CellResult copy = without_metrics(cell);
        for (const auto& [name, metric] : cell.metrics) copy.metrics[name] = summary_of(metric);
        reduced.cells.push_back(std::move(copy));
    }
    return reduced;
}

Result without_samples(const Result& result) {
    Result reduced = summaries_of(result);
    for (std::size_t i = 0; i < reduced.cells.size(); ++i) {
        for (auto& [name, metric] : reduced.cells[i].metrics) {
            const Metric& whole = result.cells[i].metrics.at(name);
            if (!whole.samples.empty()) metric.samples_sha256 = samples_digest(whole.samples);
        }
    }
    return reduced;
}

}  // namespace stackshift
