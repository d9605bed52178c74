// SPDX-License-Identifier: MIT
#include "guest/events.h"

#include <sys/mount.h>

#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "counters/event.h"
#include "counters/tracepoint.h"

namespace stackshift {
namespace {

std::vector<Event> read_events(const Plan& plan) {
    std::vector<Event> events;
    for (const PlannedEvent& planned : plan.events) {
        perf_event_attr attr = {};
        if (!decode_attr(planned.encoding, attr)) {
            throw std::runtime_error("bad plan: event " + planned.name + ' ' + planned.encoding);
        }
        events.push_back(make_event(planned.name, attr));
    }
    return events;
}

/// Keeps each event open, disabled, until this process ends. The last close of a tracepoint's event would
/// wait for RCU, and with `-icount sleep=off` a CPU that halts is woken by QEMU's main loop, which (QEMU 7.2,
/// icount_start_warp_timer) may look at the clock between the halt and the accounting of the instructions
/// before it: on a busy host the next interrupt then comes at another instruction.
void hold_events(const std::vector<Event>& events) {
    for (const Event& event : events) {
        if (event.unavailable.empty()) open_event(event.attr, -1);
    }
}

/// The words of a group's read. What is no whole number of words was a short read: no words, no group.
std::string words_of(const std::string& buffer) {
    std::string text;
    if (buffer.size() % sizeof(std::uint64_t) != 0) return text;
    for (size_t at = 0; at < buffer.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, buffer.data() + at, sizeof word);
        text += ' ' + std::to_string(word);
    }
    return text;
}

}  // namespace

std::vector<std::string> count_events(const Plan& plan, const std::vector<bool>& ran, ChainRequest request) {
    std::vector<Event> events = read_events(plan);
    std::vector<std::string> lines;
    // For the ids of tracepoints; where it fails, they are unavailable with the reason.
    mount("tracefs", find_tracefs().c_str(), "tracefs", 0, nullptr);
    try_events(events);
    hold_events(events);
    for (const Event& event : events) {
        if (!event.unavailable.empty())
            lines.push_back("event_unavailable " + event.name + ' ' + event.unavailable);
    }
    const std::vector<std::vector<Event>> groups = group_events(events);
    for (const std::vector<Event>& group : groups) {
        std::string names = "event_group";
        for (const Event& event : group) names += ' ' + event.name;
        lines.push_back(names);
    }
    for (size_t cell = 0; cell < plan.cells.size(); ++cell) {
        if (!ran[cell]) continue;
        request.cell = plan.cells[cell].cell;
        request.execs = event_execs(request.cell);
        for (size_t group = 0; group < groups.size(); ++group) {
            for (size_t window = 0; window < std::size(kEventWindows); ++window) {
                request.events = event_config(groups[group], kEventWindows[window].from_mm_switch);
                const ChainOutcome outcome = run_chain(request);
                const bool ok = outcome.status == CellStatus::ok;
                lines.push_back("event_chain " + std::to_string(cell) + ' ' + std::to_string(window) + ' ' +
                                std::to_string(group) + (ok ? " ok" : " failed " + outcome.reason));
                if (!ok) continue;
                lines.push_back("event_empty" + words_of(outcome.empty_events));
                for (const std::string& read : outcome.events) lines.push_back("event_read" + words_of(read));
            }
        }
    }
    return lines;
}

}  // namespace stackshift
