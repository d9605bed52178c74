// SPDX-License-Identifier: MIT
// The tables, each the answer to one question. Each function gives text that starts with a blank line and a
// title, or nothing where its question does not arise.
#pragma once

#include <string>

#include "report/view.h"

namespace stackshift {

/// One strategy: what an exec costs by pages, under each ABI and ASLR, and what lies between them.
std::string cost_table(const View& view, const std::string& path);

/// One strategy: the cells that are not long strings in argv.
std::string other_cells_table(const View& view, const std::string& path);

/// Several strategies: each against the baseline, a table for each ABI and ASLR (and one more for the other
/// cells).
std::string contender_tables(const View& view, const std::string& path);

/// Clock: how the times with long strings in argv spread, a table for each contender.
std::string spread_tables(const View& view, const std::string& path);

/// TLB flushes and page faults an exec, a table for each contender.
std::string flush_tables(const View& view, const std::string& path);

/// What each phase of an exec costs, for a few cells.
std::string phase_tables(const View& view, const std::string& path);

/// The perf events of each contender that has any: a row a cell, for each event the count of the whole exec
/// and that from the mm switch on; below, what could not be counted and why. Empty where no event was asked
/// for.
std::string event_tables(const View& view, const std::string& path);

}  // namespace stackshift
