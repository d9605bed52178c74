// SPDX-License-Identifier: MIT
// Counts a plan's perf events in a guest, by the same sources as the host does.
#pragma once

#include <string>
#include <vector>

#include "exec/chain.h"
#include "matrix/plan.h"

namespace stackshift {

/// Runs a chain of each cell for each group of events and each window, after all cells have been counted
/// without. Returns the lines that guest/report.h reads, to be sent when all is counted: between two chains
/// a guest shall not sleep (see hold_events). `ran`: the cells whose own chain was sound; the others are left
/// out. `request` has the directory. Throws std::runtime_error for an encoding that is none.
std::vector<std::string> count_events(const Plan& plan, const std::vector<bool>& ran, ChainRequest request);

}  // namespace stackshift
