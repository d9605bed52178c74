// SPDX-License-Identifier: MIT
#include "results/summary.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>

#include "matrix/part.h"
#include "stats/stats.h"

namespace stackshift {

CellResult unmeasured(const Cell& cell, const std::string& strategy) {
    CellResult result;
    result.cell = cell;
    result.strategy = strategy;
    return result;
}

void summarise(Metric& metric, bool medians_of_groups) {
    const std::span<const double> samples(metric.samples);
    if (samples.empty()) throw std::invalid_argument("summary of a metric without samples");
    if (metric.groups.empty()) metric.groups = {samples.size()};
    if (std::accumulate(metric.groups.begin(), metric.groups.end(), std::uint64_t{0}) != samples.size()) {
        throw std::invalid_argument("groups of a metric do not hold all its samples");
    }
    metric.n = samples.size();
    if (!std::all_of(samples.begin(), samples.end(), [](double sample) { return std::isfinite(sample); })) {
        // Not an error here, where neither cell nor metric has a name: to_json() names both.
        metric.median = metric.mean = metric.min = metric.max = std::numeric_limits<double>::quiet_NaN();
        metric.group_medians.assign(metric.groups.size(), metric.median);
        return;
    }
    metric.group_medians.clear();
    std::size_t start = 0;
    for (const std::uint64_t size : metric.groups) {
        metric.group_medians.push_back(median(samples.subspan(start, size)));
        start += size;
    }
    metric.median = medians_of_groups ? median(metric.group_medians) : median(samples);
    metric.mean = mean(samples);
    metric.min = *std::min_element(samples.begin(), samples.end());
    metric.max = *std::max_element(samples.begin(), samples.end());
}

void set_parts_unavailable(CellResult& cell) {
    const ExecPathInfo& path = info_of(cell.cell.path);
    if (!path.has_parent()) return;
    const auto set = [&](Part part, const char* reason) {
        cell.unavailable[std::string(to_string(part))] = reason;
    };
    if (!path.stamps_entry) {
        for (const Part part : {Part::start, Part::exec, Part::end}) set(part, kNotOurs);
    } else if (!path.stamps_exec) {
        for (const Part part : {Part::start, Part::exec})
            set(part, "the libc makes the child and execs in one call");
    }
}

bool has_unexpected_failure(const Result& result) {
    return std::any_of(result.cells.begin(), result.cells.end(), [](const CellResult& cell) {
        return cell.status == CellStatus::failed && !cell.expected;
    });
}

}  // namespace stackshift
