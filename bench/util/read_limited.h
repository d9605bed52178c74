// SPDX-License-Identifier: MIT
// Files that others wrote, read whole within a limit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace stackshift {

/// The whole file. Throws Error{usage} naming it where it cannot be read or holds more than `most` bytes (a
/// device or a pipe may have no end).
std::string read_limited(const std::filesystem::path& path, std::uintmax_t most);

}  // namespace stackshift
