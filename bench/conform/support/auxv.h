// SPDX-License-Identifier: MIT
// The auxiliary vector, as /proc/PID/auxv and the NT_AUXV note of a core hold it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace stackshift {

/// Values by type (AT_PAGESZ, ...).
using Auxiliary = std::map<std::uint64_t, std::uint64_t>;

/// Reads pairs of words of 64 or 32 bits, up to AT_NULL or the end of the data.
Auxiliary parse_auxiliary(const std::string& data, std::uint64_t bits);

}  // namespace stackshift
