// SPDX-License-Identifier: MIT
// What read() of a perf_event group says, and what may be made of it. Pure arithmetic: tested from recorded
// buffers where perf_event_open is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace stackshift {

/// PERF_FORMAT_GROUP | TOTAL_TIME_ENABLED | TOTAL_TIME_RUNNING (perf_event_open(2)): nr, enabled, running,
/// values.
struct GroupRead {
    std::uint64_t enabled = 0;  ///< ns
    std::uint64_t running = 0;  ///< ns that the group was on the PMU
    std::vector<std::uint64_t> values;
};

/// Nothing for a buffer that is too short, holds another number of events than `count`, or says more than it
/// has.
std::optional<GroupRead> parse_group_read(std::string_view buffer, std::size_t count);

/// How far a group's counts can be trusted.
enum class Counting {
    whole,        ///< ran all the time
    multiplexed,  ///< ran part of the time: scaled, and to be marked
    never,        ///< did not run: there is no count, whatever the values say
};
Counting counting(const GroupRead& read);

/// value * enabled / running, in double; call only where running is not 0.
double scaled(std::uint64_t value, const GroupRead& read);

/// value - overhead, but never below 0: the overhead is of another window and may be larger by noise.
double without_overhead(double value, double overhead);

}  // namespace stackshift
