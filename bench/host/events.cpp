// SPDX-License-Identifier: MIT
#include "host/events.h"

#include <fmt/format.h>

#include "counters/group_read.h"
#include "util/interrupt.h"
#include "util/progress.h"

namespace stackshift {
namespace {

constexpr unsigned kExecs = 20;
constexpr unsigned kExecsOfLarge = 5;

struct Window {
    const char* prefix;
    bool from_mm_switch;
};
constexpr Window kWindows[] = {{"perf.", false}, {"perf.from_mm_switch.", true}};

}  // namespace

void add_event_reads(CellResult& cell, const std::vector<Event>& group, const std::string& prefix,
                     const ChainOutcome& outcome, bool subtract_overhead) {
    const auto empty = parse_group_read(outcome.empty_events, group.size());
    bool multiplexed = false;
    for (size_t i = 0; i < group.size(); ++i) {
        const std::string name = prefix + group[i].name;
        Metric metric;
        metric.unit = "1";
        for (const std::string& buffer : outcome.events) {
            const auto read = parse_group_read(buffer, group.size());
            if (!read) {
                cell.unavailable[name] = "the counters' group could not be read";
                break;
            }
            if (counting(*read) == Counting::never) {
                cell.unavailable[name] = "the counter was never on the PMU (running = 0)";
                break;
            }
            multiplexed = multiplexed || counting(*read) == Counting::multiplexed;
            double value = scaled(read->values[i], *read);
            if (subtract_overhead && empty && counting(*empty) != Counting::never) {
                value = without_overhead(value, scaled(empty->values[i], *empty));
            }
            metric.samples.push_back(value);
        }
        if (cell.unavailable.count(name) != 0 || metric.samples.empty()) continue;
        if (multiplexed) metric.unit = "1 (scaled: the PMU was shared)";
        summarise(metric, false);
        cell.metrics[name] = std::move(metric);
    }
}

void count_events(std::vector<CellResult>& cells, const std::vector<Event>& events, ChainRequest request) {
    const std::vector<std::vector<Event>> groups = group_events(events);
    Progress progress("clock: count events");
    double done = 0;
    for (CellResult& cell : cells) {
        progress.update(done++, static_cast<double>(cells.size()), cell.name);
        if (cell.status != "ok") continue;
        for (const Event& event : events) {
            if (!event.unavailable.empty()) cell.unavailable["perf." + event.name] = event.unavailable;
        }
        request.cell = parse_cell(cell.name).value();
        request.execs = cell.pages > 64 ? kExecsOfLarge : kExecs;
        for (const std::vector<Event>& group : groups) {
            for (const Window& window : kWindows) {
                check_interrupt();
                request.events = event_config(group, window.from_mm_switch);
                const ChainOutcome outcome = run_chain(request);
                if (outcome.status != ChainOutcome::Status::ok) {
                    for (const Event& event : group)
                        cell.unavailable[window.prefix + event.name] = outcome.reason;
                    continue;
                }
                // The empty window holds what the whole one adds: the two ioctls' ends. The other starts in
                // the kernel.
                add_event_reads(cell, group, window.prefix, outcome, !window.from_mm_switch);
            }
        }
    }
}

}  // namespace stackshift
