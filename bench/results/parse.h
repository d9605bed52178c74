// SPDX-License-Identifier: MIT
// The text of a JSON file that others wrote, read within limits.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace stackshift {

/// Deeper arrays and objects are refused. Ours nest 6 deep; what walks a document, as its destructor and its
/// printer do, recurses once per level.
inline constexpr int kDeepestNesting = 64;

/// Throws Error{usage} that names the file and, where there is one, the line and column: not to be read, too
/// large, nested too deep, cut off, not JSON.
nlohmann::ordered_json parse_file(const std::filesystem::path& path);

}  // namespace stackshift
