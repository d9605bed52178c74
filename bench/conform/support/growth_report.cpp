// SPDX-License-Identifier: MIT
#include "conform/support/growth_report.h"

#include <algorithm>

namespace stackshift {
namespace {

/// A leak of one page or one charge per repetition is certainly more than this part of the repetitions, in
/// pages. What is not a leak is less: charges are kept in batches of 64 pages, slabs and lists of free pages
/// grow by as many.
constexpr int kNoisePart = 2;

}  // namespace

std::string report_growth(Tap& tap, const std::string& name, const MemoryGroup& group, Worker& worker,
                          int times) {
    // First some that do not count: caches and per-cpu lists fill.
    std::string wrong = worker.repeat(std::max(times / 4, 1));
    const Books before = close_books(group, &worker);
    if (wrong.empty()) wrong = worker.repeat(times);
    const Books after = close_books(group, &worker);
    const auto row = [&](const char* what, const std::vector<Books::Entry>& first,
                         const std::vector<Books::Entry>& second) {
        tap.expect("leaks/" + name + '-' + what,
                   wrong.empty() ? growth(first, second, times / kNoisePart, times) : wrong, "nothing");
    };
    row("memory", before.memory, after.memory);
    row("commitment", before.commitment, after.commitment);
    row("charge", before.charge, after.charge);
    return wrong;
}

}  // namespace stackshift
