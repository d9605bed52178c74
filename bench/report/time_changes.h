// SPDX-License-Identifier: MIT
// What the kernels of one clock run make of times: their rounds were made side by side, so each round's ratio
// is looked at, not two medians.
#pragma once

#include <string>
#include <vector>

#include "report/table.h"
#include "report/view.h"
#include "stats/paired.h"

namespace stackshift {

/// One cell of a contender against the baseline's.
struct TimeChange {
    Row row;
    const Configuration* configuration = nullptr;
    double before = 0;  ///< the baseline's median, in ns
    double after = 0;
    PairedChange change;  ///< its p is adjusted by Holm for all cells of this contender

    /// Whether it is more than chance: at 5 % for all cells of the contender together.
    bool told() const;
};

/// Whether rounds of both were interleaved: they are of one clock run.
bool interleaved(const View& view, const Contender& a, const Contender& b);

/// All cells that the contender and the baseline have, by rows; none where their rounds were not interleaved.
std::vector<TimeChange> time_changes(const View& view, const Contender& contender);

/// "-11.2 % (-12.0 to -10.4)", or how much would have been seen and how many more rounds see 1 %.
std::string change_text(const TimeChange& change);

/// A table of time_changes() for each contender that has any; where `only` is not empty, of these rows.
std::vector<Table> time_change_tables(const View& view, const std::vector<Row>& only = {});

}  // namespace stackshift
