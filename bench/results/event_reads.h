// SPDX-License-Identifier: MIT
// From the reads of a chain's event groups to a cell's metrics: the same for the host and for guests. Pure.
#pragma once

#include <string>
#include <vector>

#include "results/result.h"

namespace stackshift {

/// What one chain read from one group's leader, each as read() gave it.
struct EventReads {
    std::string empty;               ///< of a window that holds nothing
    std::vector<std::string> execs;  ///< after each exec
};

/// Adds one chain's reads of one group to the metrics `prefix` + name, as one group of samples each (a seed,
/// or the host's one chain). What a window of nothing counts is subtracted where asked. A value of a group
/// that had to share the PMU is scaled and its unit marked; one that cannot be had in any exec makes the
/// metric unavailable with the reason, and takes back what earlier chains gave it.
void add_event_reads(CellResult& cell, const std::vector<std::string>& names, const std::string& prefix,
                     const EventReads& reads, bool subtract_overhead);

/// Makes `prefix` + name of each of these unavailable in the cell, with the reason.
void set_events_unavailable(CellResult& cell, const std::vector<std::string>& names,
                            const std::string& prefix, const std::string& reason);

}  // namespace stackshift
