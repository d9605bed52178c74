// SPDX-License-Identifier: MIT
// What follows from a result's samples and statuses. Pure.
#pragma once

#include "results/result.h"

namespace stackshift {

/// An entry for a cell, with nothing measured yet.
CellResult unmeasured(const Cell& cell, const std::string& strategy);

/// Whether some cell failed that its strategy does not declare.
bool has_unexpected_failure(const Result& result);

/// Why a program that is not ours has no stamps and phases.
inline constexpr const char* kNotOurs = "the new program is not ours, and nothing in it reads them";

/// Says of a cell that was measured which parts of its operation cannot be told, and why.
void set_parts_unavailable(CellResult& cell);

/// Fills the summary of a metric from its samples and groups (groups empty: one group).
/// `medians_of_groups`: median of the group medians (exact) instead of the median of all samples (clock).
void summarise(Metric& metric, bool medians_of_groups);

}  // namespace stackshift
