// SPDX-License-Identifier: MIT
// The phases of an exec, in the order in which an exec goes through them.
#pragma once

#include "util/spelling.h"

namespace stackshift {

/// As /proc/self/exec_phases names them (kernels/patches/common/0002), and the remainder, which the suite
/// computes.
enum class Phase {
    alloc,
    init,
    inode,  ///< within init, where a strategy stages in an inode (shmem)
    strings,
    search,
    early_place,
    detach,
    mm_switch,
    place,
    elf_map,
    tables,
    evict,  ///< within free, of that inode
    free,
    remainder,  ///< of a sample: what no phase holds
};

template <>
inline constexpr std::array kSpellings<Phase> = {
    Spelling<Phase>{Phase::alloc, "alloc"},   Spelling<Phase>{Phase::init, "init"},
    Spelling<Phase>{Phase::inode, "inode"},   Spelling<Phase>{Phase::strings, "strings"},
    Spelling<Phase>{Phase::search, "search"}, Spelling<Phase>{Phase::early_place, "early_place"},
    Spelling<Phase>{Phase::detach, "detach"}, Spelling<Phase>{Phase::mm_switch, "mm_switch"},
    Spelling<Phase>{Phase::place, "place"},   Spelling<Phase>{Phase::elf_map, "elf_map"},
    Spelling<Phase>{Phase::tables, "tables"}, Spelling<Phase>{Phase::evict, "evict"},
    Spelling<Phase>{Phase::free, "free"},     Spelling<Phase>{Phase::remainder, "remainder"}};

/// Whether a phase is part of what a strategy spends on staging arguments, the sum that is comparable between
/// strategies: its own set-up, copying, early placement, detaching, placement and release. mm_switch is work
/// that all share, but for what one strategy has done before it and another has left to it: the LRU batch
/// with the staged pages is drained there, unless a move has drained it, and the random place of the stack is
/// drawn. (alloc and search hold what all share, the reading of the header in one or the other.)
constexpr bool is_staging(Phase phase) {
    return phase == Phase::init || phase == Phase::inode || phase == Phase::strings ||
           phase == Phase::early_place || phase == Phase::detach || phase == Phase::mm_switch ||
           phase == Phase::place || phase == Phase::evict || phase == Phase::free;
}

}  // namespace stackshift
