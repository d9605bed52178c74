// SPDX-License-Identifier: MIT
// What a strategy's folder says, in words: `stackshift list NAME`.
#pragma once

#include <string>
#include <vector>

#include "kernels/config.h"
#include "kernels/series.h"
#include "kernels/strategies.h"

namespace stackshift {

/// The strategy whole, whether its patches apply, and what is missing in its folder. `options`: what its
/// configuration fragments ask for. Pure.
std::string strategy_text(const Strategy& strategy, const std::vector<ConfigOption>& options,
                          const SeriesTrial& trial);

}  // namespace stackshift
