// SPDX-License-Identifier: MIT
// Event names, as libpfm4 spells them, to perf_event attributes; the nearest where there is none of a name.
#pragma once

#include <string>
#include <vector>

#include "counters/event.h"

namespace stackshift {

/// What is counted on the host where nothing else is asked for; page walks where libpfm4 knows an event of
/// this CPU for them.
std::vector<std::string> default_events();

/// Encodes the names by libpfm4; tracepoints ("tlb:tlb_flush") by their name alone, to be looked up in the
/// kernel that counts them. A name that neither knows is Error{usage} with the nearest ones.
std::vector<Event> encode_events(const std::vector<std::string>& names);

/// encode_events(), then tried on this kernel: events that are known but cannot be opened have `unavailable`
/// set (try_events), for a tracepoint with the nearest ones that this kernel has.
std::vector<Event> find_events(const std::vector<std::string>& names);

/// The three tracepoints of `tracefs`/events whose names are nearest; empty where it cannot be read.
std::vector<std::string> nearest_tracepoints(const std::string& name, const std::string& tracefs);

}  // namespace stackshift
