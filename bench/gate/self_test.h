// SPDX-License-Identifier: MIT
// Whether the gate finds what is planted into a copy of a result: it must not be trusted because it is green.
#pragma once

#include <string>
#include <vector>

#include "gate/gate.h"

namespace stackshift {

/// One thing that was planted, or nothing, and what the gate made of it.
struct Plant {
    std::string what;  ///< "100 instructions more in phase.strings of CELL"
    bool caught = false;
    std::string said;  ///< what the gate said
};

/// Plants nothing (which must pass), a change in a cell's cost and, where it has phases, in a phase, the same
/// under another kernel image, a missing, a failed and an unavailable cell, and another compiler, each into
/// a copy of its own. Throws Error{usage} where the result has no cell that could carry a change.
std::vector<Plant> self_test(const Result& result, const GateRequest& request);

/// The answer, then each plant.
std::string self_test_text(const std::vector<Plant>& plants);

}  // namespace stackshift
