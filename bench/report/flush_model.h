// SPDX-License-Identifier: MIT
// How many TLB flushes of its own a move of the stack must take, by mainline's source. Held against what was
// counted: docs/results.md, "How often mainline flushes".
#pragma once

#include <optional>
#include <string>

#include "matrix/cell.h"

namespace stackshift {

/// The most pages that x86 flushes one by one: tlb_single_page_flush_ceiling (arch/x86/mm/tlb.c).
inline constexpr int kFlushCeiling = 33;

/// Flushes per exec, as /proc/vmstat counts them: the mean over the stack's places.
struct Flushes {
    double full = 0;   ///< of everything (nr_tlb_local_flush_all)
    double pages = 0;  ///< of one page (nr_tlb_local_flush_one)
};

/// Of the exec of a cell by a strategy whose source we know: mainline moves a stack that is live (pristine,
/// relocate), and the others do not. Nothing for other kernels, for paths whose operations flush for other
/// reasons, and above 511 pages, where the old place too spans several page tables.
std::optional<Flushes> predicted_flushes(const std::string& strategy, const Cell& cell);

}  // namespace stackshift
