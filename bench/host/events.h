// SPDX-License-Identifier: MIT
// Counts perf events around the execs of the host's cells, apart from the rounds that are timed.
#pragma once

#include <vector>

#include "counters/event.h"
#include "exec/chain.h"
#include "results/result.h"

namespace stackshift {

/// Counts each event that can be counted in each cell that ran, in both windows, and adds the metrics
/// "perf.<event>" (from right before execve to _start) and "perf.from_mm_switch.<event>" (from
/// perf_event_exec() in begin_new_exec(), when the old mm has gone, to _start). What cannot be counted goes
/// into the cells' `unavailable`. `request` has directory and time limit; its cell and events are set here.
void count_events(std::vector<CellResult>& cells, const std::vector<Event>& events, ChainRequest request);

}  // namespace stackshift
