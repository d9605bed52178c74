// SPDX-License-Identifier: MIT
// The two rules by which one metric of a cell is a change: counts, and times.
#pragma once

#include <vector>

#include "gate/gate.h"
#include "report/view.h"

namespace stackshift {

/// One metric that both results have.
struct Comparison {
    const CellResult* expected_cell = nullptr;
    const CellResult* found_cell = nullptr;
    const Metric* expected = nullptr;
    const Metric* found = nullptr;
    bool same_code = false;  ///< exact: one kernel image
    Finding* finding = nullptr;
};

/// Decides all comparisons of one metric of an exact result. Between two runs of one image any difference is
/// one. Between two images a difference must be more than draws and ticks make of it (report/floor.h), by a t
/// test at kGateLevel, corrected for the number of cells; `view` holds the kernels from which their spread is
/// taken. Above both floors in any case.
void decide_counts(std::vector<Comparison>& comparisons, const View& view, const GateReport& report);

/// Decides all comparisons of one metric of a clock result: the sign test of the rounds' ratios at
/// kGateLevel, corrected for the number of cells, and above both floors.
void decide_times(std::vector<Comparison>& comparisons, const GateReport& report);

/// The phase or part that moved most between two cells, or nothing where neither has any or none moved.
std::optional<MovedPart> most_moved(const CellResult& expected, const CellResult& found);

}  // namespace stackshift
