// SPDX-License-Identifier: MIT
// "Did you mean": the valid name that is nearest to what was typed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stackshift {

/// Levenshtein distance (insertions, deletions, substitutions; 1966).
size_t edit_distance(std::string_view a, std::string_view b);

/// The name at the smallest edit distance, or empty where none is within half of the typed length plus one.
std::string nearest_name(std::string_view typed, const std::vector<std::string>& names);

/// "unknown KIND 'typed' (did you mean 'x'? known: a, b, c)".
std::string unknown_name_message(std::string_view kind, std::string_view typed,
                                 const std::vector<std::string>& names);

}  // namespace stackshift
