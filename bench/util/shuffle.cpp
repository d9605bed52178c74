// SPDX-License-Identifier: MIT
#include "util/shuffle.h"

#include <numeric>
#include <random>
#include <utility>

namespace stackshift {

std::vector<size_t> shuffled(size_t n, std::uint64_t seed, unsigned round) {
    std::vector<size_t> order(n);
    std::iota(order.begin(), order.end(), size_t{0});
    std::mt19937_64 random(seed + round);
    for (size_t i = n; i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    return order;
}

}  // namespace stackshift
