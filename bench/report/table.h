// SPDX-License-Identifier: MIT
// A table as data: what every medium is made from.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace stackshift {

/// What stands in one place of a table: how it reads, and its number where it has one.
struct Entry {
    Entry() = default;
    Entry(std::string entry_text,
          std::optional<double> number = std::nullopt)  // NOLINT: entries are written as text
        : text(std::move(entry_text)), value(number) {}
    std::string text;
    std::optional<double> value;
};

/// What to know beside a table: "FAIL", "array: execve: E2BIG -- ...".
struct Note {
    std::string lead;
    std::string text;
};

struct Table {
    enum class Kind {
        name,    ///< left-aligned text
        number,  ///< right-aligned
        spread,  ///< how sure the numbers of its group are, in their unit; text shows only a row's widest
    };
    struct Column {
        std::string heading;
        Kind kind = Kind::number;
    };
    /// Neighbouring columns under a common heading ("" for none).
    struct Group {
        std::string heading;
        std::size_t first = 0;
        std::size_t count = 0;
        bool repeated = false;  ///< stands again in each part where a medium folds the table
    };

    std::string title;
    std::vector<Column> columns;  ///< the first names the row and belongs to no group
    std::vector<Group> groups;    ///< of all other columns, in order
    std::vector<std::vector<Entry>> rows;
    std::vector<Note> notes;

    void add_group(const std::string& heading, const std::vector<Column>& of_group, bool repeated = false);
};

}  // namespace stackshift
