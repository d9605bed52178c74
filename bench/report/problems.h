// SPDX-License-Identifier: MIT
// The cells that are not ok, with why.
#pragma once

#include <string>
#include <vector>

#include "report/table.h"
#include "report/view.h"

namespace stackshift {

/// Notes for below a table: the failed and unavailable cells among these rows and configurations, grouped by
/// contender and reason. Names every cell up to twelve, above that only how many. Empty where all are fine.
std::vector<Note> problem_list(const View& view, const std::vector<Row>& rows,
                               const std::vector<Configuration>& configurations);

/// Why cells of the view are not ok: a note per contender and reason, whatever exec of a chain it was.
std::vector<Note> failure_reasons(const View& view);

/// How many cells of the view failed without their strategy declaring it.
std::size_t unexpected_failures(const View& view);

}  // namespace stackshift
