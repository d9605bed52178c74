// SPDX-License-Identifier: MIT
// Whether draws come from a uniform distribution over 0 .. 2^bits - 1. Dozens of such tests run on every
// kernel, so every threshold calls a sound source wrong with a chance of less than one in 10^8.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace stackshift {

using Draws = std::vector<std::uint64_t>;

/// "ok", or the first bit that is set too often or too rarely ("bit 21 is never set").
std::string every_bit(const Draws& draws, unsigned bits);

/// "ok", or the statistic of Pearson's chi-square test over 16 (up to 1000 draws) or 64 equal bins.
std::string equal_bins(const Draws& draws, unsigned bits);

/// "ok", or how many values came more than once (pairs of equal draws), where that is too many or too few.
std::string duplicates(const Draws& draws, unsigned bits);

/// "ok", or the first distance, 1 to 4, at which draws depend on each other: of the pairs (i, i + distance),
/// half must rise.
std::string serial(const Draws& draws);

}  // namespace stackshift
