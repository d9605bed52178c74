// SPDX-License-Identifier: MIT
// Which of the matrix's cells a run takes. Apart from plan.h, so that the guest's init does not carry a regex
// engine.
#pragma once

#include <string>

#include "matrix/plan.h"

namespace stackshift {

/// The cells that a user asks for.
struct MatrixRequest {
    std::string profile = "quick";
    std::string filter;  ///< regular expression that is searched in a cell's name; empty: all cells
};

/// The profile's plan after the filter. Throws Error{usage} for an unknown profile (with the nearest), a
/// filter that is no regular expression or one that matches no cell.
Plan select_plan(const MatrixRequest& request);

/// Only the cells whose name contains a match of `regex` (ECMAScript). Throws std::regex_error.
Plan filter_plan(const Plan& plan, const std::string& regex);

}  // namespace stackshift
