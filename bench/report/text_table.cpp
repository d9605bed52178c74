// SPDX-License-Identifier: MIT
#include "report/text_table.h"

#include <algorithm>
#include <sstream>

namespace stackshift {
namespace {

std::string padded(const std::string& text, std::size_t width, bool left) {
    const std::string blanks(width > text.size() ? width - text.size() : 0, ' ');
    return left ? text + blanks : blanks + text;
}

/// "---- native ----", exactly `width` wide where the heading fits.
std::string ruled(const std::string& heading, std::size_t width) {
    if (heading.empty()) return std::string(width, ' ');
    if (heading.size() + 2 >= width) return padded(heading, width, false);
    const std::size_t rules = width - heading.size() - 2;
    return std::string(rules / 2, '-') + ' ' + heading + ' ' + std::string(rules - rules / 2, '-');
}

void finish_line(std::string& out, std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
}

}  // namespace

void TextTable::add_group(const std::string& heading, const std::vector<std::string>& headings) {
    groups_.push_back({heading, columns_.size(), headings.size()});
    for (const std::string& text : headings) columns_.push_back({text, false});
}

void TextTable::add_row(std::vector<std::string> entries) {
    entries.resize(columns_.size());
    rows_.push_back(std::move(entries));
}

std::size_t TextTable::gap(std::size_t column, Gaps gaps) const {
    if (column == 0) return 0;
    for (const Group& group : groups_) {
        if (group.first == column && !group.heading.empty()) return gaps.group;
    }
    return gaps.column;
}

std::size_t TextTable::span(const Group& group, const std::vector<std::size_t>& widths, Gaps gaps) const {
    std::size_t total = 0;
    for (std::size_t i = group.first; i < group.first + group.count; ++i) {
        total += widths[i] + (i == group.first ? 0 : gap(i, gaps));
    }
    return total;
}

std::vector<std::size_t> TextTable::widths(Gaps gaps) const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t width = columns_[i].heading.size();
        for (const auto& row : rows_) width = std::max(width, row[i].size());
        widths.push_back(width);
    }
    // A heading that is wider than its columns widens the first of them.
    for (const Group& group : groups_) {
        const std::size_t total = span(group, widths, gaps);
        if (group.heading.size() > total) widths[group.first] += group.heading.size() - total;
    }
    return widths;
}

std::size_t TextTable::width(Gaps gaps) const {
    const std::vector<std::size_t> width_of = widths(gaps);
    std::size_t total = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) total += gap(i, gaps) + width_of[i];
    return total;
}

std::string TextTable::text() const {
    Gaps gaps = {3, 2};
    for (const Gaps closer : {Gaps{2, 2}, Gaps{2, 1}}) {
        if (width(gaps) > line_width_) gaps = closer;
    }
    const std::vector<std::size_t> width_of = widths(gaps);
    const auto blanks = [&](std::size_t column) { return std::string(gap(column, gaps), ' '); };
    std::string out;
    const bool has_headings = std::any_of(groups_.begin(), groups_.end(),
                                          [](const Group& group) { return !group.heading.empty(); });
    if (has_headings) {
        std::string line(width_of[0], ' ');
        for (const Group& group : groups_) {
            line += blanks(group.first) + ruled(group.heading, span(group, width_of, gaps));
        }
        finish_line(out, line);
    }
    const auto add_line = [&](const auto& entry_of) {
        std::string line;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            line += blanks(i) + padded(entry_of(i), width_of[i], columns_[i].left);
        }
        finish_line(out, line);
    };
    add_line([&](std::size_t i) { return columns_[i].heading; });
    for (const auto& row : rows_) add_line([&](std::size_t i) { return row[i]; });
    return out;
}

std::string wrapped(const std::string& lead, const std::string& words, std::size_t indent,
                    std::size_t width) {
    std::string out;
    std::string line = lead;
    bool fresh = true;  // no word in this line yet
    std::istringstream words_in(words);
    for (std::string word; words_in >> word;) {
        if (!fresh && line.size() + 1 + word.size() > width) {
            finish_line(out, line);
            line = std::string(indent, ' ');
            fresh = true;
        }
        if (!fresh) line += ' ';
        line += word;
        fresh = false;
    }
    finish_line(out, line);
    return out;
}

}  // namespace stackshift
