// SPDX-License-Identifier: MIT
#include "report/flush_model.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace stackshift {
namespace {

// Pages that one page table maps: 2 MiB.
constexpr int kTablePages = 512;
// A native stack is randomised by 22 bits of pages, 16 GiB. In 1 of 16 execs the new place lies in the old
// one's GiB, and then the second flush is of a few entries; an i386 stack never lies there.
constexpr double kOtherGiB = 15.0 / 16;

constexpr std::array<std::string_view, 2> kMoveLive = {"pristine", "relocate"};
// tests/e2e/flushes_test.cpp watches each of these (array+nozero is array in this).
constexpr std::array<std::string_view, 6> kMoveNone = {"array", "array+nozero", "pagelist",
                                                       "shmem", "direct",       "early"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

void add_part(Flushes& flushes, int pages, double share) {
    if (pages > kFlushCeiling) {
        flushes.full += share;
    } else {
        flushes.pages += pages * share;
    }
}

/// Of the pages that are moved: one for each page table that they are moved into (move_page_tables(),
/// mm/mremap.c). The new place is as likely to begin at each page of a table.
Flushes flushes_of_move(int pages) {
    Flushes flushes;
    for (int first = 0; first < kTablePages; ++first) {
        const int in_first = std::min(pages, kTablePages - first);
        add_part(flushes, in_first, 1.0 / kTablePages);
        if (in_first < pages) add_part(flushes, pages - in_first, 1.0 / kTablePages);
    }
    return flushes;
}

}  // namespace

std::optional<Flushes> predicted_flushes(const std::string& strategy, const Cell& cell) {
    if (cell.path != ExecPath::self_exec || cell.pages >= kTablePages) return std::nullopt;
    if (is_one_of(kMoveNone, strategy)) return Flushes{};
    if (!is_one_of(kMoveLive, strategy)) return std::nullopt;
    if (cell.abi == Abi::native && cell.aslr == Aslr::off) return Flushes{};
    Flushes flushes = flushes_of_move(std::max(cell.pages, 1));
    flushes.full += cell.abi == Abi::native ? kOtherGiB : 1;
    return flushes;
}

}  // namespace stackshift
