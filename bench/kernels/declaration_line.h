// SPDX-License-Identifier: MIT
// The lines `deviation = TESTS | SEEN | REASON` (of a base also `at-times = ...`) and `failing = CELLS | SEEN
// | REASON`.
#pragma once

#include "kernels/key_value.h"
#include "results/declared.h"

namespace stackshift {

/// Both throw Error{usage} with the line for one that is not understood, and for one that can match no test,
/// or no cell.
Declaration parse_deviation(const KeyValue& line);
Declaration parse_failing(const KeyValue& line);

}  // namespace stackshift
