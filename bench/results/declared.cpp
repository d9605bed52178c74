// SPDX-License-Identifier: MIT
#include "results/declared.h"

#include <fmt/format.h>

#include "util/error.h"

namespace stackshift {
namespace {

/// What `search` finds, with the declaration's line in what it throws.
template <typename Search>
bool with_place(const std::string& where, const Search& search) {
    try {
        return search();
    } catch (const BadPattern& error) {
        throw Error(Exit::usage, fmt::format("{}: {}", where, error.what()));
    }
}

}  // namespace

bool Declaration::is_of(const std::string& name) const {
    return with_place(where, [&] { return names_pattern.matches(name); });
}

bool Declaration::has_seen(const std::string& text) const {
    return with_place(where, [&] { return seen_pattern.found_in(text); });
}

void apply_declared_failures(std::vector<CellResult>& cells, const std::vector<Declaration>& declared) {
    for (CellResult& cell : cells) {
        if (cell.status == CellStatus::unavailable) continue;
        for (const Declaration& failure : declared) {
            if (!failure.is_of(cell.cell.name())) continue;
            if (cell.status == CellStatus::ok && failure.at_times) continue;
            if (cell.status == CellStatus::ok) {
                cell.status = CellStatus::failed;
                cell.reason =
                    fmt::format("did not fail, though {} declares '{}'", failure.where, failure.seen);
                cell.expected = false;
                cell.metrics.clear();
            } else if (failure.has_seen(cell.reason)) {
                cell.expected = true;
            }
        }
    }
}

}  // namespace stackshift
