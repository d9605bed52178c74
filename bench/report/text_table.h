// SPDX-License-Identifier: MIT
// A table of text whose columns are as wide as what stands in them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace stackshift {

/// What a line of output may be long.
inline constexpr std::size_t kLineWidth = 100;

class TextTable {
  public:
    /// A column of right-aligned entries (the first column is left-aligned where `left` says so).
    struct Column {
        std::string heading;
        bool left = false;
    };

    explicit TextTable(Column first, std::size_t line_width = kLineWidth)
        : line_width_(line_width), columns_{std::move(first)} {}

    /// Columns under a common heading ("" for none), set off from the columns before them.
    void add_group(const std::string& heading, const std::vector<std::string>& headings);
    /// One entry a column; fewer leave the rest blank.
    void add_row(std::vector<std::string> entries);

    bool empty() const { return rows_.empty(); }
    /// Whether it fits the line with columns set well apart. One that does not is set closer.
    bool fits() const { return width({2, 2}) <= line_width_; }
    /// Lines without trailing blanks, each with a newline.
    std::string text() const;

  private:
    struct Group {
        std::string heading;
        std::size_t first;
        std::size_t count;
    };
    /// Blanks before a group with a heading, and before any other column.
    struct Gaps {
        std::size_t group;
        std::size_t column;
    };
    std::vector<std::size_t> widths(Gaps gaps) const;
    std::size_t width(Gaps gaps) const;
    std::size_t gap(std::size_t column, Gaps gaps) const;
    std::size_t span(const Group& group, const std::vector<std::size_t>& widths, Gaps gaps) const;

    std::size_t line_width_;
    std::vector<Column> columns_;
    std::vector<Group> groups_;
    std::vector<std::vector<std::string>> rows_;
};

/// Words folded at `width`, continuation lines indented by `indent`; the first line starts with `lead`.
/// Line breaks in `words` are blanks: a reason may be a line of a guest's console.
std::string wrapped(const std::string& lead, const std::string& words, std::size_t indent,
                    std::size_t width = kLineWidth);

}  // namespace stackshift
