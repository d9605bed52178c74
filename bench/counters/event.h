// SPDX-License-Identifier: MIT
// perf_event: whether an event can be counted here, and if not, why; groups of those that can. Needs no
// library but the C++ standard one: the guest's init uses it too.
#pragma once

#include <linux/perf_event.h>

#include <string>
#include <string_view>
#include <vector>

namespace stackshift {

struct Event {
    std::string name;  ///< as the user wrote it; the metric is "perf.<name>"
    perf_event_attr attr = {};
    bool hardware = false;    ///< needs the PMU: hardware, cache or raw event
    std::string unavailable;  ///< why it cannot be counted; empty where it can
};

/// What each event is counted over: from right before execve to _start, and from where exec's
/// perf_event_exec() enables it, after the old mm has gone.
struct EventWindow {
    const char* prefix;  ///< of the metric's name
    bool from_mm_switch;
};
inline constexpr EventWindow kEventWindows[] = {{"perf.", false}, {"perf.from_mm_switch.", true}};

/// An event whose attributes are `attr`, prepared for a group read. A tracepoint's config is its id on one
/// kernel; 0 stands for "not looked up yet".
Event make_event(const std::string& name, const perf_event_attr& attr);

/// perf_event_open(2) on this process, on any CPU; `leader` of the group or -1. A descriptor that an exec
/// closes, or -1 and errno.
int open_event(const perf_event_attr& attr, int leader);

/// Looks tracepoints up in this kernel and opens each event once; sets `unavailable` where that fails.
void try_events(std::vector<Event>& events);

/// Opens the event on this process and closes it again. Returns why it cannot be counted, empty where it can.
std::string probe_event(const Event& event);

/// The reason for an errno of perf_event_open. `paranoid`: the text of /proc/sys/kernel/perf_event_paranoid.
/// Pure.
std::string open_error_reason(int error, bool hardware, const std::string& paranoid);

/// Parts the events that can be counted into groups that fit: software events and tracepoints in one,
/// hardware events in as few as the PMU takes (tried by opening them).
std::vector<std::vector<Event>> group_events(const std::vector<Event>& events);

/// The text of kEventFd (target/protocol.h) for one group. `from_mm_switch`: counting starts where exec's
/// perf_event_exec() enables it, after the old mm has gone; else right before execve.
std::string event_config(const std::vector<Event>& group, bool from_mm_switch);

/// The attributes as hex digits, for a guest's plan: what libpfm4 said on the host. Tracepoints lose their
/// id, which is another in each kernel.
std::string encode_attr(const perf_event_attr& attr);

/// Reads them back. False where they are no such digits.
bool decode_attr(std::string_view hex, perf_event_attr& attr);

}  // namespace stackshift
