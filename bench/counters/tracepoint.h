// SPDX-License-Identifier: MIT
// Ids of tracepoints out of tracefs. libpfm4 4.13 reads them only where debugfs is mounted at its old place,
// and says "event not found" elsewhere.
#pragma once

#include <string>

namespace stackshift {

/// Where tracefs is on this machine: its own mount point, or the old one below debugfs where only that has
/// it.
std::string find_tracefs();

/// Whether the name has the form of a tracepoint, "system:name": "tlb:tlb_flush", but neither
/// "instructions:k" nor "perf::CYCLES".
bool looks_like_tracepoint(const std::string& name);

/// Id of a tracepoint "system:name" out of `tracefs`/events, -1 where it is unknown; `reason` says why.
long tracepoint_id(const std::string& name, const std::string& tracefs, std::string& reason);

}  // namespace stackshift
