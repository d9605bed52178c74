// SPDX-License-Identifier: MIT
// The answer in words: what moving the stack costs, who takes it away, and how sure that is. Made from
// results alone.
#pragma once

#include <string>
#include <vector>

#include "report/table.h"
#include "report/view.h"

namespace stackshift {

/// At most seven lines of an exact result, four of a clock one. What the result cannot tell is said, not
/// guessed.
std::vector<std::string> headline(const View& view);

/// The execs that the headline speaks of: minimal, typical, large, as far as the result has them.
std::vector<Row> headline_rows(const View& view);

/// The few rows that the headline speaks of. Exact: each contender against the baseline, in percent; clock:
/// with and without ASLR. Nothing where the result has none of them.
std::vector<Table> headline_table(const View& view);

}  // namespace stackshift
