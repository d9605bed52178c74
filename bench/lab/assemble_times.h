// SPDX-License-Identifier: MIT
// From the reports of timed guests to the cells of a clock result. Pure.
#pragma once

#include <string>
#include <vector>

#include "guest/report.h"
#include "matrix/plan.h"
#include "results/result.h"

namespace stackshift {

/// The cells of one kernel out of its boots' reports, one a round in order (each a group of the metrics,
/// which are in ns). `ticks_per_ns` is the guests' TSC's rate. A cell that failed in some round, or that a
/// report lacks, is failed; without any report all are, with `why`.
std::vector<CellResult> assemble_times(const std::string& strategy, const Plan& plan,
                                       const std::vector<GuestReport>& reports, double ticks_per_ns,
                                       const std::string& why);

}  // namespace stackshift
