// SPDX-License-Identifier: MIT
// Which cells there are, which of them a profile takes, and how often each is exec'd: the plan.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "matrix/cell.h"

namespace stackshift {

/// Every cell of the matrix, in the order in which plans list them.
const std::vector<Cell>& all_cells();

/// Whether all_cells() has it.
bool is_in_matrix(const Cell& cell);

/// The profiles' names: smoke, quick, full.
const std::vector<std::string>& profile_names();

/// One line of a plan.
struct PlannedCell {
    Cell cell;
    unsigned execs = 0;
};

/// An event to be counted around the cells' execs in a guest.
struct PlannedEvent {
    std::string name;
    std::string encoding;  ///< for the guest: encode_attr() of counters/event.h
};

/// What one boot (or one host sweep) does, in order.
struct Plan {
    std::vector<PlannedCell> cells;
    std::vector<PlannedEvent> events = {};  ///< counted in chains of their own, after all cells

    /// "stackshift-plan 1", a line "NAME EXECS" a cell and a line "event NAME ENCODING" an event: what the
    /// guest reads, and what plan_sha256 is taken of.
    std::string text() const;
    /// Guest instructions that the plan costs, by measured rates; good to a factor of two.
    double estimated_instructions() const;
};

/// Execs of a cell in one chain: many where one is cheap, never under 5.
unsigned planned_execs(const Cell& cell);

/// Execs of a cell in one chain that counts events: they vary little from exec to exec.
unsigned event_execs(const Cell& cell);

/// The plan of a profile. An unknown profile gives an empty one (callers check names first).
Plan make_plan(std::string_view profile);

/// Reads Plan::text() back. Returns false, with the faulty line's text in `problem`, where it is not a plan.
bool parse_plan(std::string_view text, Plan& plan, std::string& problem);

}  // namespace stackshift
