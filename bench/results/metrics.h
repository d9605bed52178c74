// SPDX-License-Identifier: MIT
// The names of a cell's metrics, as result files and tables spell them.
#pragma once

#include <string>

#include "matrix/phase.h"

namespace stackshift::metrics {

inline constexpr const char* kInstructions = "instructions";  ///< exact: of one exec
inline constexpr const char* kTime = "time";                  ///< clock: of one exec, in ns
inline constexpr const char* kStagingCost =
    "staging_cost";                                        ///< the sum of the phases that is_staging() names
inline constexpr const char* kFlushAll = "tlb.flush_all";  ///< full TLB flushes per exec (/proc/vmstat)
inline constexpr const char* kFlushOne = "tlb.flush_one";  ///< pages flushed one by one, per exec
inline constexpr const char* kPageFaults = "page_faults";  ///< per exec
inline constexpr std::string_view kPhasePrefix = "phase.";

/// "phase.place".
inline std::string of(Phase phase) {
    return std::string(kPhasePrefix) + std::string(to_string(phase));
}

}  // namespace stackshift::metrics
