// SPDX-License-Identifier: MIT
// Results as text for people: one table a question, at most 100 columns, plain ASCII. Made from results
// alone.
#pragma once

#include <string>
#include <vector>

#include "results/result.h"

namespace stackshift {

struct CompareOptions {
    std::string baseline;  ///< a strategy; empty: pristine where it is there, else the first kernel
    std::string filter;    ///< ECMAScript regex; only cells whose names contain a match are shown; empty: all
    bool phases = false;   ///< show the phase tables where the results have phases
};

/// All tables of one result or of several. Ends with a newline; what to know about bad cells stands below the
/// table that they belong to, and the last line says so where one of them was not expected. Throws
/// Error{incomparable} naming the field and both values where results do not belong into one table: another
/// instrument; exact: another plan, guest image, seeds, command line, emulator or options of it; clock:
/// another CPU or kernel of the host. Throws Error{usage} for an unknown baseline, a bad regex or one that no
/// cell matches. `results` must not be empty (std::invalid_argument).
std::string compare_text(const std::vector<Result>& results, const CompareOptions& options);

}  // namespace stackshift
