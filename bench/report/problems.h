// SPDX-License-Identifier: MIT
// The cells that are not ok, with why.
#pragma once

#include <string>
#include <vector>

#include "report/view.h"

namespace stackshift {

/// Lines for below a table: the failed and unavailable cells among these rows and configurations, grouped by
/// contender and reason. Names every cell up to twelve, above that only how many. Empty where all are fine.
std::string problem_list(const View& view, const std::vector<Row>& rows,
                         const std::vector<Configuration>& configurations);

/// How many cells of the view failed without their strategy declaring it.
std::size_t unexpected_failures(const View& view);

}  // namespace stackshift
