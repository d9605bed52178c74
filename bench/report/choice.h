// SPDX-License-Identifier: MIT
// Which strategy one would choose, by what was measured: in words. Made from results alone.
#pragma once

#include <string>
#include <vector>

#include "check/check.h"
#include "report/view.h"

namespace stackshift {

/// At most four lines of an exact result with several strategies: who takes most off a minimal native exec
/// without failing in any cell; who costs more than the baseline somewhere; whom the fewest tests of `checks`
/// find different. Nothing for one kernel, a clock result, or where no strategy can be told from the
/// baseline.
std::vector<std::string> choice(const View& view, const std::vector<CheckResult>& checks);

}  // namespace stackshift
