// SPDX-License-Identifier: MIT
// The order in which a round of measurements is made. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace stackshift {

/// The order of cells or boots in round `round`: a Fisher-Yates shuffle of 0..n-1 by std::mt19937_64(seed +
/// round). Pure, and the same with every library.
std::vector<size_t> shuffled(size_t n, std::uint64_t seed, unsigned round);

}  // namespace stackshift
