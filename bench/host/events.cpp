// SPDX-License-Identifier: MIT
#include "host/events.h"

#include "matrix/plan.h"
#include "results/event_reads.h"
#include "results/summary.h"
#include "util/interrupt.h"
#include "util/progress.h"

namespace stackshift {
namespace {

std::vector<std::string> names_of(const std::vector<Event>& events) {
    std::vector<std::string> names;
    for (const Event& event : events) names.push_back(event.name);
    return names;
}

}  // namespace

void count_events(std::vector<CellResult>& cells, const std::vector<Event>& events, ChainRequest request) {
    const std::vector<std::vector<Event>> groups = group_events(events);
    Progress progress("clock: count events");
    double done = 0;
    for (CellResult& cell : cells) {
        progress.update(done++, static_cast<double>(cells.size()), cell.cell.name());
        if (cell.status != CellStatus::ok) continue;
        for (const Event& event : events) {
            if (event.unavailable.empty()) continue;
            for (const EventWindow& window : kEventWindows)
                set_events_unavailable(cell, {event.name}, window.prefix, event.unavailable);
        }
        request.cell = parse_cell(cell.cell.name()).value();
        request.execs = event_execs(request.cell);
        for (const std::vector<Event>& group : groups) {
            const std::vector<std::string> names = names_of(group);
            for (const EventWindow& window : kEventWindows) {
                check_interrupt();
                request.events = event_config(group, window.from_mm_switch);
                const ChainOutcome outcome = run_chain(request);
                if (outcome.status != CellStatus::ok) {
                    set_events_unavailable(cell, names, window.prefix, outcome.reason);
                    continue;
                }
                // The empty window holds what the whole one adds: the two ioctls' ends. The other starts in
                // the kernel.
                add_event_reads(cell, names, window.prefix, {outcome.empty_events, outcome.events},
                                !window.from_mm_switch);
            }
        }
        for (auto& [name, metric] : cell.metrics) {
            if (name.starts_with(kEventWindows[0].prefix)) summarise(metric, false);
        }
    }
}

}  // namespace stackshift
