// SPDX-License-Identifier: MIT
// Two kernels whose execs drew the same addresses (kernels/draws.h): one exec set against the same one.
#pragma once

#include <optional>
#include <vector>

#include "results/result.h"

namespace stackshift {

/// Differences of the same exec in two kernels, in the metric's unit.
struct PairedDifference {
    double middle = 0;             ///< the median over all pairs
    std::vector<double> of_seeds;  ///< the median over each seed's
};

/// `other` - `base`, exec by exec. Nothing where they have not the same execs.
std::optional<PairedDifference> paired_difference(const Metric& base, const Metric& other);

}  // namespace stackshift
