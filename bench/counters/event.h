// SPDX-License-Identifier: MIT
// Event names, as libpfm4 spells them, to perf_event attributes, and why an event cannot be counted here.
#pragma once

#include <linux/perf_event.h>

#include <string>
#include <vector>

namespace stackshift {

struct Event {
    std::string name;  ///< as the user wrote it; the metric is "perf.<name>"
    perf_event_attr attr = {};
    bool hardware = false;    ///< needs the PMU: hardware, cache or raw event
    std::string unavailable;  ///< why it cannot be counted; empty where it can
};

/// What is counted where nothing else is asked for.
const std::vector<std::string>& default_events();

/// Encodes the names by libpfm4; tracepoints ("tlb:tlb_flush") by their id in tracefs, which libpfm4 4.13
/// reads only where the old debugfs path is mounted. A name that neither knows is Error{usage} with the
/// nearest ones. Events that are known but cannot be opened have `unavailable` set (see probe_event).
std::vector<Event> find_events(const std::vector<std::string>& names);

/// Opens the event on this process and closes it again. Returns why it cannot be counted, empty where it can.
std::string probe_event(const Event& event);

/// The reason for an errno of perf_event_open. `paranoid`: the text of /proc/sys/kernel/perf_event_paranoid.
/// Pure.
std::string open_error_reason(int error, bool hardware, const std::string& paranoid);

/// Id of a tracepoint "system:name" out of `tracefs`/events, -1 where it is unknown; `reason` says why.
long tracepoint_id(const std::string& name, const std::string& tracefs, std::string& reason);

/// Parts the events that can be counted into groups that fit: software events and tracepoints in one,
/// hardware events in as few as the PMU takes (tried by opening them).
std::vector<std::vector<Event>> group_events(const std::vector<Event>& events);

/// The text of kEventFd (target/protocol.h) for one group. `from_mm_switch`: counting starts where exec's
/// perf_event_exec() enables it, after the old mm has gone; else right before execve.
std::string event_config(const std::vector<Event>& group, bool from_mm_switch);

}  // namespace stackshift
