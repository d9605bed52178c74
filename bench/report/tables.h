// SPDX-License-Identifier: MIT
// The tables, each the answer to one question. Each function gives data that any medium can
// show, or nothing where its question does not arise.
#pragma once

#include <vector>

#include "check/check.h"
#include "report/table.h"
#include "report/view.h"

namespace stackshift {

/// One strategy: what an exec costs under each ABI and ASLR, and what lies between them; by pages, and one
/// more table for the cells that are not long strings in argv.
std::vector<Table> cost_tables(const View& view, ExecPath path);

/// Several strategies: each against the baseline, a table for each ABI and ASLR (and one more for the other
/// cells).
std::vector<Table> contender_tables(const View& view, ExecPath path);

/// Clock: how the times with long strings in argv spread, a table for each contender.
std::vector<Table> spread_tables(const View& view, ExecPath path);

/// TLB flushes and page faults an exec, a table for each contender.
std::vector<Table> flush_tables(const View& view, ExecPath path);

/// The flushes of long strings in argv, counted and as mainline's source foretells them, of the contenders of
/// which it does (flush_model.h).
std::vector<Table> flush_model_tables(const View& view);

/// What each phase of an exec costs, for a few cells.
std::vector<Table> phase_tables(const View& view, ExecPath path);

/// What moving the stack is of each exec path's operation and what each contender leaves of it, a table for
/// each ABI that can tell; and what operations with a parent are made of. Nothing where all cells are
/// self-execs.
std::vector<Table> path_tables(const View& view);

/// With paired draws: what is left of a difference when each exec is set against the same one of the
/// baseline. Nothing without.
std::vector<Table> paired_tables(const View& view);

/// Of path_tables() what is said without being asked for: the smallest native operation of each path.
std::vector<Table> path_headline_table(const View& view);

/// What each contender saves of the execs that headlines speak of, and at what price: cells that fail, tests
/// in which it is not as mainline (`checks`, of which none is known where no run has the contender), patches.
std::vector<Table> price_tables(const View& view, const std::vector<CheckResult>& checks);

/// The perf events of each contender that has any: a row a cell, for each event the count of the whole exec
/// and that from the mm switch on; below, what could not be counted and why. Empty where no event was asked
/// for.
std::vector<Table> event_tables(const View& view, ExecPath path);

}  // namespace stackshift
