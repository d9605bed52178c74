// SPDX-License-Identifier: MIT
#include "lab/assemble_times.h"

#include <fmt/format.h>

#include <cstdint>

#include "lab/assemble.h"
#include "results/metrics.h"
#include "results/summary.h"

namespace stackshift {
namespace {

void append_times(Metric& metric, const std::vector<std::uint64_t>& ticks, double ticks_per_ns) {
    metric.unit = "ns";
    for (const std::uint64_t value : ticks)
        metric.samples.push_back(static_cast<double>(value) / ticks_per_ns);
    metric.groups.push_back(ticks.size());
}

void give_up(CellResult& result, CellStatus status, const std::string& reason) {
    result.status = status;
    result.reason = reason;
    result.expected = status == CellStatus::unavailable;
    result.metrics.clear();
    result.unavailable.clear();
}

/// Adds one round. False where the cell must not be looked at further.
bool add_round(CellResult& result, const GuestReport& report, std::size_t index, unsigned execs,
               double ticks_per_ns) {
    if (index >= report.cells.size()) {
        give_up(result, CellStatus::failed, "the guest did not report this cell");
        return false;
    }
    const GuestCell& cell = report.cells[index];
    if (cell.status != CellStatus::ok) {
        give_up(result, cell.status, cell.reason);
        return false;
    }
    if (cell.ticks.size() != execs) {
        give_up(result, CellStatus::failed,
                fmt::format("{} samples instead of {}", cell.ticks.size(), execs));
        return false;
    }
    append_times(result.metrics[metrics::kTime], cell.ticks, ticks_per_ns);
    for (const auto& [part, ticks] : cell.parts)
        append_times(result.metrics[std::string(to_string(part))], ticks, ticks_per_ns);
    add_guest_events(result, report, index);
    return true;
}

}  // namespace

std::vector<CellResult> assemble_times(const std::string& strategy, const Plan& plan,
                                       const std::vector<GuestReport>& reports, double ticks_per_ns,
                                       const std::string& why) {
    std::vector<CellResult> results;
    for (std::size_t i = 0; i < plan.cells.size(); ++i) {
        CellResult result = unmeasured(plan.cells[i].cell, strategy);
        if (reports.empty()) give_up(result, CellStatus::failed, why);
        for (const GuestReport& report : reports) {
            if (!add_round(result, report, i, plan.cells[i].execs, ticks_per_ns)) break;
        }
        if (result.status == CellStatus::ok) set_parts_unavailable(result);
        for (auto& [name, metric] : result.metrics) summarise(metric, false);
        results.push_back(std::move(result));
    }
    return results;
}

}  // namespace stackshift
