// SPDX-License-Identifier: MIT
// A conformance run as tables, and as text for people.
#pragma once

#include <string>
#include <vector>

#include "check/check.h"
#include "report/table.h"

namespace stackshift {

/// How many tests each group has, by strategy and how they ended; then the semantics matrix: every property
/// in which some strategy is not as mainline, with what was seen; then the reasons, what was skipped, and
/// every failure.
std::string check_text(const CheckResult& result);

/// The same as data: the groups, whose notes are what was skipped; the matrix, whose notes are the reasons;
/// the failures are notes of a last table that has no row, where there are any.
std::vector<Table> check_tables(const CheckResult& result);

}  // namespace stackshift
