// SPDX-License-Identifier: MIT
// The charts that stand well by themselves: for a mail, a paper, a README.
#pragma once

#include <vector>

#include "page/figure.h"
#include "page/inputs.h"

namespace stackshift {

/// Figures of each result that need no controls: their ids are file names, and their specifications have a
/// size and a white ground of their own. Exact: costs by pages, differences by pages (native and i386, with
/// ASLR), phases, flushes around 33 and 34 pages. Clock: times, and what ASLR adds. Throws Error{usage} where
/// the results have none of these.
std::vector<Figure> make_plots(const PageInputs& inputs);

}  // namespace stackshift
