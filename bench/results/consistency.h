// SPDX-License-Identifier: MIT
// What makes a result consistent beyond its schema: names that follow from fields, summaries that follow from
// samples.
#pragma once

#include <optional>
#include <string>

#include "results/problem.h"
#include "results/result.h"

namespace stackshift {

/// The name that a cell's fields give: "self-exec/native/aslr/argv:8p/long".
std::string cell_name(const CellResult& cell);

/// The first contradiction in a result, or nothing. What can be recomputed is: n, min and max exactly,
/// medians and mean to one part in 1e9, because other programs may add in another order.
std::optional<Problem> contradiction(const Result& result);

}  // namespace stackshift
