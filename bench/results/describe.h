// SPDX-License-Identifier: MIT
// A cell of the matrix as an entry of a result.
#pragma once

#include "matrix/cell.h"
#include "results/result.h"

namespace stackshift {

/// A cell's fields without measurements.
CellResult describe_cell(const Cell& cell, const std::string& strategy);

}  // namespace stackshift
