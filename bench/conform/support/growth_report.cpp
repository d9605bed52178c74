// SPDX-License-Identifier: MIT
#include "conform/support/growth_report.h"

#include <algorithm>
#include <iterator>
#include <vector>

namespace stackshift {
namespace {

/// A leak of one page or one charge per repetition is certainly more than this part of the repetitions, in
/// pages. What is not a leak is less: charges are kept in batches of 64 pages, slabs and lists of free pages
/// grow by as many.
constexpr int kNoisePart = 2;

}  // namespace

std::string report_growth(Tap& tap, const std::string& name, const MemoryGroup& group, Worker& worker,
                          int times) {
    using Entries = std::vector<Books::Entry> Books::*;
    struct Row {
        const char* name;
        Entries entries;
    };
    constexpr Row kRows[] = {
        {"memory", &Books::memory}, {"commitment", &Books::commitment}, {"charge", &Books::charge}};
    const auto grew = [&](const Books& before, const Books& after, Entries entries) {
        return growth(before.*entries, after.*entries, times / kNoisePart, times);
    };
    // First some that do not count: caches and per-cpu lists fill.
    std::string wrong = worker.repeat(std::max(times / 4, 1));
    const Books before = close_books(group, &worker);
    if (wrong.empty()) wrong = worker.repeat(times);
    const Books after = close_books(group, &worker);
    Books again = after;
    const auto any_grew = [&](const Row& row) { return grew(before, after, row.entries) != "nothing"; };
    if (wrong.empty() && std::any_of(std::begin(kRows), std::end(kRows), any_grew)) {
        wrong = worker.repeat(times);
        again = close_books(group, &worker);
    }
    for (const Row& row : kRows) {
        // What leaks does so each time; what was only counted late does not.
        std::string seen = grew(before, after, row.entries);
        if (seen != "nothing") seen = grew(after, again, row.entries);
        tap.expect("leaks/" + name + '-' + row.name, wrong.empty() ? seen : wrong, "nothing");
    }
    return wrong;
}

}  // namespace stackshift
