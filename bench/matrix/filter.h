// SPDX-License-Identifier: MIT
// Which of the matrix's cells a run takes. Apart from plan.h, so that the guest's init does not carry a regex
// engine.
#pragma once

#include <string>

#include "matrix/plan.h"
#include "util/pattern.h"

namespace stackshift {

/// The cells that a user asks for.
struct MatrixRequest {
    std::string profile = "quick";
    std::string filter;  ///< regular expression that is searched in a cell's name; empty: all cells
};

/// A user's regular expression, which is searched in cells' names. An empty one takes all cells.
class CellFilter {
  public:
    /// `option` is how the user calls it ("--filter"). Throws Error{usage} for no regular expression.
    CellFilter(std::string option, const std::string& expression);
    /// Throws Error{usage} for an expression that explodes.
    bool takes(const Cell& cell) const;

  private:
    std::string described_;  ///< "--filter 'argv:0p'"
    Pattern pattern_;
};

/// The profile's plan after the filter. Throws Error{usage} for an unknown profile (with the nearest), a
/// filter that is no regular expression or one that matches no cell.
Plan select_plan(const MatrixRequest& request);

}  // namespace stackshift
