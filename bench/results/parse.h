// SPDX-License-Identifier: MIT
// The text of a JSON file that others wrote, read within limits.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace stackshift {

/// Deeper arrays and objects are refused. Ours nest 6 deep; what walks a document, as its destructor and its
/// printer do, recurses once per level.
inline constexpr int kDeepestNesting = 64;

/// An object with more keys is refused. Ours have some hundred; a key is looked for among all of them.
inline constexpr std::size_t kMostKeys = 1024;

/// Throws Error{usage} that names the file and, where there is one, the place, as line and column or as JSON
/// pointer: not to be read, too large, nested too deep, cut off, not JSON, a key twice in one object.
nlohmann::ordered_json parse_file(const std::filesystem::path& path);

/// The same of a text that was read from `path`.
nlohmann::ordered_json parse_json(const std::string& text, const std::filesystem::path& path);

}  // namespace stackshift
