// SPDX-License-Identifier: MIT
// Counters that a strategy's kernel keeps in debugfs, one line "NAME VALUE" each.
#pragma once

#include <map>
#include <string>

namespace stackshift {

using Counters = std::map<std::string, long>;

/// Where those of this file stand; empty where the kernel has no such file.
Counters read_counters(const std::string& path);

/// Which have moved, and by how much. Both are of one file.
Counters moved(const Counters& before, const Counters& after);

}  // namespace stackshift
