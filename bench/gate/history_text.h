// SPDX-License-Identifier: MIT
// A history in words.
#pragma once

#include <string>

#include "gate/history.h"

namespace stackshift {

/// The answer, the runs in which something stepped, then the trends of cells that did; with `all`, of every
/// cell. Plain ASCII; lines of at most 100 columns but for tables of long names.
std::string history_text(const HistoryReport& report, bool all);

}  // namespace stackshift
