// SPDX-License-Identifier: MIT
// An enum's values as they are written: one table, read in both directions.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stackshift {

/// One value and its one spelling, on the command line, in files and in tables alike.
template <typename E>
struct Spelling {
    E value;
    std::string_view text;
};

/// The table of E, in the order in which lists show its values. Each enum defines its own beside itself:
///   template <> inline constexpr std::array kSpellings<Abi> = {Spelling<Abi>{Abi::native, "native"}, ...};
template <typename E>
inline constexpr std::array<Spelling<E>, 0> kSpellings = {};

/// The spelling of a value.
template <typename E>
requires(kSpellings<E>.size() > 0) constexpr std::string_view to_string(E value) {
    for (const Spelling<E>& spelling : kSpellings<E>) {
        if (spelling.value == value) return spelling.text;
    }
    return "?";  // not reached: a table names every value (tests/unit/spelling_test.cpp)
}

/// The value of a spelling, or nothing.
template <typename E>
constexpr std::optional<E> parse(std::string_view text) {
    for (const Spelling<E>& spelling : kSpellings<E>) {
        if (spelling.text == text) return spelling.value;
    }
    return std::nullopt;
}

/// All spellings, for messages that name what would be right.
template <typename E>
std::vector<std::string> spellings() {
    std::vector<std::string> texts;
    for (const Spelling<E>& spelling : kSpellings<E>) texts.emplace_back(spelling.text);
    return texts;
}

}  // namespace stackshift
