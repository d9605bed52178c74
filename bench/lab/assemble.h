// SPDX-License-Identifier: MIT
// From guest reports to the cells of a result. Pure.
#pragma once

#include <string>
#include <vector>

#include "guest/report.h"
#include "matrix/plan.h"
#include "results/result.h"

namespace stackshift {

/// The cells of one kernel out of its boots' reports, one a seed in order. A boot that failed is a null
/// pointer with its message in `failures` (same index): then all cells of the kernel are failed. Cells that a
/// report lacks, or whose phases do not add up to the sample, are failed too.
std::vector<CellResult> assemble_cells(const std::string& strategy, const Plan& plan,
                                       const std::vector<const GuestReport*>& reports,
                                       const std::vector<std::string>& failures);

/// Adds what one boot's chains of the plan's cell number `index` counted of perf events, as a group of each
/// metric.
void add_guest_events(CellResult& result, const GuestReport& report, size_t index);

}  // namespace stackshift
