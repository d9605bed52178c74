// SPDX-License-Identifier: MIT
// Counts a plan's perf events in a guest, by the same sources as the host does.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "exec/chain.h"
#include "matrix/matrix.h"

namespace stackshift {

/// Runs a chain of each cell for each group of events and each window, after all cells have been counted
/// without, and reports in the lines that guest/report.h reads. `ran`: the cells whose own chain was sound;
/// the others are left out. `request` has the directory. Throws std::runtime_error for an encoding that is
/// none.
void report_events(const Plan& plan, const std::vector<bool>& ran, ChainRequest request,
                   const std::function<void(const std::string&)>& line);

}  // namespace stackshift
