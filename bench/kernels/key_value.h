// SPDX-License-Identifier: MIT
// Files of lines KEY = VALUE: what a strategy and a base say of themselves. Text in, data out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stackshift {

/// One line of such a file.
struct KeyValue {
    std::string where;  ///< "kernels/patches/mine/strategy:2"
    std::string key;
    std::string value;  ///< never empty
};

/// A key that a file may have.
struct KnownKey {
    std::string name;
    bool many = false;  ///< more than one line may have it
};

/// The lines of `file` (as it stands in messages) in their order, without comments (#) and empty ones. Throws
/// Error{usage} naming the line, and what would be right, for one that is not understood.
std::vector<KeyValue> parse_key_values(std::string_view text, const std::string& file,
                                       const std::vector<KnownKey>& keys);

/// Throws Error{usage} with the line.
[[noreturn]] void refuse_line(const std::string& where, const std::string& what);

}  // namespace stackshift
