// SPDX-License-Identifier: MIT
// What a strategy declares of itself: where it does not do what mainline does, and cells that it cannot but
// fail. They are shown and counted, not hidden.
#pragma once

#include <string>
#include <vector>

#include "results/result.h"
#include "util/pattern.h"

namespace stackshift {

/// "NAMES | SEEN | REASON": a regular expression of whole names (of tests or cells), one that is found in
/// what was seen there, and why.
struct Declaration {
    std::string where;  ///< the line that says it, "kernels/patches/array/strategy:12"
    std::string names;
    Pattern names_pattern{""};
    std::string seen;
    Pattern seen_pattern{""};
    std::string reason;
    bool at_times = false;  ///< not a failure where it is not seen, either

    /// Both throw Error{usage} with the line for an expression that explodes.
    bool is_of(const std::string& name) const;
    bool has_seen(const std::string& text) const;
};

/// All that a kernel's strategy declares. A prebuilt image declares nothing.
struct Declarations {
    std::string file;                     ///< where more would be declared; empty for a prebuilt image
    std::vector<Declaration> deviations;  ///< of conformance tests from what mainline does
    std::vector<Declaration> failing;     ///< cells that fail
};

/// Marks declared failures as expected. A cell that was declared to fail and did not becomes a failure
/// itself, unless it fails only at times. Pure. Cells that are unavailable stay as they are.
void apply_declared_failures(std::vector<CellResult>& cells, const std::vector<Declaration>& declared);

}  // namespace stackshift
