// SPDX-License-Identifier: MIT
#include "results/declared.h"

#include <fmt/format.h>

namespace stackshift {

void apply_declared_failures(std::vector<CellResult>& cells, const std::vector<Declaration>& declared) {
    for (CellResult& cell : cells) {
        if (cell.status == CellStatus::unavailable) continue;
        for (const Declaration& failure : declared) {
            if (!failure.is_of(cell.cell.name())) continue;
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
