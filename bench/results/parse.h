// SPDX-License-Identifier: MIT
// The text of a JSON file that others wrote, read within limits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace stackshift {

/// A run of profile full with all phases writes some 10 MB; what is read becomes ten times its size in
/// memory.
inline constexpr std::uintmax_t kLargestFile = 512ULL << 20;
/// Deeper arrays and objects are refused. Ours nest 6 deep; what walks a document, as its destructor and its
/// printer do, recurses once per level.
inline constexpr int kDeepestNesting = 64;

/// Throws Error{usage} that names the file and, where there is one, the line and column: not to be read, too
/// large, nested too deep, cut off, not JSON.
nlohmann::ordered_json parse_file(const std::filesystem::path& path);

}  // namespace stackshift
