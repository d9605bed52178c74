// SPDX-License-Identifier: MIT
#include "report/joined.h"

#include <algorithm>

#include "report/comparable.h"
#include "results/summary.h"

namespace stackshift {
namespace {

bool has_samples(const Result& result) {
    return std::all_of(result.cells.begin(), result.cells.end(), [](const CellResult& cell) {
        return std::all_of(cell.metrics.begin(), cell.metrics.end(),
                           [](const auto& named) { return !named.second.samples.empty(); });
    });
}

bool is_of_one_boot(const Result& result) {
    return result.run.instrument == Instrument::clock && result.kernels.size() == 1 &&
           result.kernels.front().strategy != kRunning && has_samples(result);
}

bool belong_together(const Result& a, const Result& b) {
    return is_of_one_boot(a) && is_of_one_boot(b) &&
           a.kernels.front().strategy == b.kernels.front().strategy && a.run.plan_sha256 == b.run.plan_sha256;
}

void append(Metric& metric, const Metric& more) {
    metric.samples.insert(metric.samples.end(), more.samples.begin(), more.samples.end());
    metric.groups.insert(metric.groups.end(), more.groups.begin(), more.groups.end());
    summarise(metric, false);
}

void append(CellResult& cell, const CellResult& more) {
    if (cell.status != CellStatus::ok) return;
    if (more.status != CellStatus::ok) {
        cell = more;
        return;
    }
    for (const auto& [name, metric] : more.metrics) {
        const auto found = cell.metrics.find(name);
        if (found == cell.metrics.end()) {
            cell.metrics[name] = metric;
        } else {
            append(found->second, metric);
        }
    }
    cell.unavailable.insert(more.unavailable.begin(), more.unavailable.end());
    // Counted in one boot and not in another: counted.
    std::erase_if(cell.unavailable, [&](const auto& named) { return cell.metrics.contains(named.first); });
}

void append(Result& result, const Result& more) {
    require_comparable({result, more});
    result.run.id += "+" + more.run.id;
    for (const CellResult& cell : more.cells) {
        const auto same =
            std::find_if(result.cells.begin(), result.cells.end(),
                         [&](const CellResult& known) { return known.cell.name() == cell.cell.name(); });
        if (same == result.cells.end()) {
            result.cells.push_back(cell);
        } else {
            append(*same, cell);
        }
    }
}

}  // namespace

std::vector<Result> joined_by_strategy(std::vector<Result> results) {
    std::vector<Result> joined;
    for (Result& result : results) {
        const auto same = std::find_if(joined.begin(), joined.end(),
                                       [&](const Result& known) { return belong_together(known, result); });
        if (same == joined.end()) {
            joined.push_back(std::move(result));
        } else {
            append(*same, result);
        }
    }
    return joined;
}

}  // namespace stackshift
