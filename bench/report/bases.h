// SPDX-License-Identifier: MIT
// Results with kernels of several bases: a part for each, and the bases beside each other.
#pragma once

#include <string>
#include <vector>

#include "report/table.h"
#include "report/view.h"

namespace stackshift {

/// What results have of one base. The kernels are called by their strategies alone.
struct BasePart {
    std::string base;  ///< "7.3"
    std::vector<Result> results;
};

/// A part for each base in order of appearance, each with those of the results that have kernels of it. A
/// kernel without "@BASE" at its name is of the default base.
std::vector<BasePart> parts_by_base(const std::vector<Result>& results);

/// The baseline that a user named ("relocate", "relocate@7.3") as it is called within a part; empty where it
/// is one of another base.
std::string baseline_within(const BasePart& part, const std::string& baseline);

/// What each strategy changes on each base against that base's own baseline, for the execs that headlines
/// speak of. `views`: one for each part. Nothing for one part, or where nothing can be told.
std::vector<Table> base_tables(const std::vector<BasePart>& parts, const std::vector<View>& views);

/// "Not ported to 7.3: userstack." for each base of exact results to which a strategy that was asked for is
/// not ported; else empty.
std::string unported_text(const std::vector<Result>& results);

/// A line that names the cells which a run with paired draws left out, or "".
std::string left_out_text(const std::vector<Result>& results);

}  // namespace stackshift
