// SPDX-License-Identifier: MIT
#include "counters/group_read.h"

#include <algorithm>
#include <cstring>

namespace stackshift {

std::optional<GroupRead> parse_group_read(std::string_view buffer, std::size_t count) {
    constexpr std::size_t kHead = 3;
    if (buffer.size() != (kHead + count) * sizeof(std::uint64_t)) return std::nullopt;
    std::vector<std::uint64_t> words(kHead + count);
    std::memcpy(words.data(), buffer.data(), buffer.size());
    if (words[0] != count || words[2] > words[1]) return std::nullopt;
    GroupRead read;
    read.enabled = words[1];
    read.running = words[2];
    read.values.assign(words.begin() + kHead, words.end());
    return read;
}

Counting counting(const GroupRead& read) {
    if (read.running == 0) return Counting::never;
    return read.running < read.enabled ? Counting::multiplexed : Counting::whole;
}

double scaled(std::uint64_t value, const GroupRead& read) {
    return static_cast<double>(value) * static_cast<double>(read.enabled) / static_cast<double>(read.running);
}

double without_overhead(double value, double overhead) {
    return std::max(0.0, value - overhead);
}

}  // namespace stackshift
