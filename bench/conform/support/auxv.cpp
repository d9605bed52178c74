// SPDX-License-Identifier: MIT
#include "conform/support/auxv.h"

#include <elf.h>

#include <cstring>

namespace stackshift {
namespace {

template <typename Word>
Auxiliary pairs(const std::string& data) {
    Auxiliary values;
    for (std::size_t at = 0; at + 2 * sizeof(Word) <= data.size(); at += 2 * sizeof(Word)) {
        Word pair[2];
        std::memcpy(pair, data.data() + at, sizeof pair);
        if (pair[0] == AT_NULL) break;
        values[pair[0]] = pair[1];
    }
    return values;
}

}  // namespace

Auxiliary parse_auxiliary(const std::string& data, std::uint64_t bits) {
    return bits == 64 ? pairs<std::uint64_t>(data) : pairs<std::uint32_t>(data);
}

}  // namespace stackshift
