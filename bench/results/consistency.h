// SPDX-License-Identifier: MIT
// What makes a result consistent beyond its schema: summaries that follow from
// samples.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "results/problem.h"
#include "results/result.h"

namespace stackshift {

/// The first contradiction in a result, or nothing. What can be recomputed is: n, min and max exactly,
/// medians and mean to one part in 1e9, because other programs may add in another order.
std::optional<Problem> contradiction(const Result& result);

/// The first kernel whose name another one has before it, or nothing.
std::optional<Problem> repeated_kernel(const std::vector<KernelInfo>& kernels);

}  // namespace stackshift
