// SPDX-License-Identifier: MIT
#include "lab/assemble.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "counters/event.h"
#include "results/event_reads.h"
#include "results/metrics.h"
#include "results/summary.h"

namespace stackshift {
namespace {

void append(Metric& metric, const std::vector<std::uint64_t>& values) {
    metric.samples.insert(metric.samples.end(), values.begin(), values.end());
    metric.groups.push_back(values.size());
}

/// What phases add up to.
const std::vector<std::uint64_t>& phased_ticks(const GuestCell& cell) {
    return cell.windows.empty() ? cell.ticks : cell.windows;
}

/// Adds one seed's parts of operations; false where they do not add up to some operation.
bool add_parts(CellResult& result, const GuestCell& cell) {
    const size_t n = cell.ticks.size();
    std::vector<std::uint64_t> sum(n, 0);
    for (const auto& [part, values] : cell.parts) {
        if (values.size() != n) return false;
        for (size_t i = 0; part != Part::resumed && i < n; ++i) sum[i] += values[i];
        append(result.metrics[std::string(to_string(part))], values);
    }
    return !cell.parts.contains(Part::end) || sum == cell.ticks;
}

/// Adds one seed's phases; false where they do not add up to the ticks of some exec.
bool add_phases(CellResult& result, const GuestCell& cell) {
    const size_t n = cell.ticks.size();
    std::vector<std::uint64_t> sum(n, 0);
    std::vector<std::uint64_t> remainder(n, 0);
    std::vector<std::uint64_t> staging(n, 0);
    const auto add = [n](std::vector<std::uint64_t>& total, const std::vector<std::uint64_t>& values) {
        for (size_t i = 0; i < n; ++i) total[i] += values[i];
    };
    for (const auto& [phase, values] : cell.phases) {
        if (values.size() != n) return false;
        add(sum, values);
        if (is_staging(phase)) add(staging, values);
        append(result.metrics[metrics::of(phase)], values);
    }
    for (const std::vector<std::uint64_t>* outside : {&cell.before_phases, &cell.after_phases}) {
        if (outside->size() != n) return false;
        add(sum, *outside);
        add(remainder, *outside);
    }
    append(result.metrics[metrics::of(Phase::remainder)], remainder);
    append(result.metrics[metrics::kStagingCost], staging);
    return sum == phased_ticks(cell);
}

void fail(CellResult& result, CellStatus status, const std::string& reason) {
    result.status = status;
    result.reason = reason;
    result.expected = status == CellStatus::unavailable;
    result.metrics.clear();
}

/// Adds one seed's measurements. False where the cell must not be looked at further.
bool add_seed(CellResult& result, const GuestCell& cell, unsigned execs) {
    if (cell.status != CellStatus::ok) {
        fail(result, cell.status, cell.reason);
        return false;
    }
    if (cell.ticks.size() != execs) {
        fail(result, CellStatus::failed, fmt::format("{} samples instead of {}", cell.ticks.size(), execs));
        return false;
    }
    append(result.metrics[metrics::kInstructions], cell.ticks);
    for (const char* name : {metrics::kFlushAll, metrics::kFlushOne, metrics::kPageFaults}) {
        const auto counter = cell.counters.find(name);
        if (counter == cell.counters.end()) {
            result.unavailable[name] = "this kernel's /proc/vmstat has no such counter";
            continue;
        }
        Metric& metric = result.metrics[name];
        metric.samples.push_back(static_cast<double>(counter->second) / execs);
        metric.groups.push_back(1);
    }
    if (!add_parts(result, cell)) {
        fail(result, CellStatus::failed, "the parts do not add up to the operation");
        return false;
    }
    set_parts_unavailable(result);
    if (!info_of(result.cell.path).stamps_entry) {
        result.unavailable["phase"] = kNotOurs;
    } else if (cell.phases.empty()) {
        result.unavailable["phase"] = "this kernel has no /proc/self/exec_phases";
    } else if (!add_phases(result, cell)) {
        fail(result, CellStatus::failed, "the phases do not add up to the sample");
        return false;
    }
    return true;
}

std::string unit_of(const std::string& metric) {
    return metric.starts_with("tlb.") || metric == metrics::kPageFaults ? "1" : "instructions";
}

}  // namespace

void add_guest_events(CellResult& result, const GuestReport& report, size_t index) {
    for (const auto& [name, reason] : report.events_unavailable) {
        for (const EventWindow& window : kEventWindows)
            set_events_unavailable(result, {name}, window.prefix, reason);
    }
    for (const GuestEventChain& chain : report.event_chains) {
        if (chain.cell != index || chain.window >= std::size(kEventWindows)) continue;
        const EventWindow& window = kEventWindows[chain.window];
        const std::vector<std::string>& names = report.event_groups[chain.group];
        if (chain.status != CellStatus::ok) {
            set_events_unavailable(result, names, window.prefix, chain.reason);
            continue;
        }
        // The other window starts in the kernel: nothing of ours is in it.
        add_event_reads(result, names, window.prefix, {chain.empty, chain.reads}, !window.from_mm_switch);
    }
}

std::vector<CellResult> assemble_cells(const std::string& strategy, const Plan& plan,
                                       const std::vector<const GuestReport*>& reports,
                                       const std::vector<std::string>& failures) {
    std::vector<CellResult> results;
    for (size_t i = 0; i < plan.cells.size(); ++i) {
        CellResult result = unmeasured(plan.cells[i].cell, strategy);
        for (size_t seed = 0; seed < reports.size(); ++seed) {
            if (reports[seed] == nullptr) {
                fail(result, CellStatus::failed, "boot failed: " + failures[seed]);
                break;
            }
            if (i >= reports[seed]->cells.size()) {
                fail(result, CellStatus::failed, "the guest did not report this cell");
                break;
            }
            if (!add_seed(result, reports[seed]->cells[i], plan.cells[i].execs)) break;
            add_guest_events(result, *reports[seed], i);
        }
        for (auto& [name, metric] : result.metrics) {
            if (metric.unit.empty()) metric.unit = unit_of(name);
            metric.better = "lower";
            summarise(metric, true);
        }
        results.push_back(std::move(result));
    }
    return results;
}

}  // namespace stackshift
