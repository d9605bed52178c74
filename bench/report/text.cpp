// SPDX-License-Identifier: MIT
#include "report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/text_table.h"

namespace stackshift {
namespace {

using Groups = std::vector<Table::Group>;

/// The widest of a row's spreads in these groups, "." where none is known.
std::string widest(const Table& table, const std::vector<Entry>& row, const Groups& groups) {
    std::optional<double> most;
    for (const Table::Group& group : groups) {
        for (std::size_t i = group.first; i < group.first + group.count; ++i) {
            if (table.columns[i].kind != Table::Kind::spread || !row[i].value) continue;
            most = std::max(most.value_or(0), *row[i].value);
        }
    }
    return most ? fmt::format("{}", std::llround(*most)) : ".";
}

/// Whether a row has anything to show in these groups.
bool is_there(const Table& table, const std::vector<Entry>& row, const Groups& groups) {
    for (const Table::Group& group : groups) {
        for (std::size_t i = group.first; i < group.first + group.count; ++i) {
            if (table.columns[i].kind != Table::Kind::spread && row[i].text != ".") return true;
        }
    }
    return false;
}

TextTable part_of(const Table& table, const Groups& groups, std::size_t width) {
    TextTable part({table.columns[0].heading, table.columns[0].kind == Table::Kind::name}, width);
    std::string spread_heading;
    for (const Table::Group& group : groups) {
        std::vector<std::string> headings;
        for (std::size_t i = group.first; i < group.first + group.count; ++i) {
            if (table.columns[i].kind == Table::Kind::spread) {
                spread_heading = table.columns[i].heading;
            } else {
                headings.push_back(table.columns[i].heading);
            }
        }
        part.add_group(group.heading, headings);
    }
    if (!spread_heading.empty()) part.add_group("", {spread_heading});
    for (const std::vector<Entry>& row : table.rows) {
        if (!is_there(table, row, groups)) continue;
        std::vector<std::string> entries = {row[0].text};
        for (const Table::Group& group : groups) {
            for (std::size_t i = group.first; i < group.first + group.count; ++i) {
                if (table.columns[i].kind != Table::Kind::spread) entries.push_back(row[i].text);
            }
        }
        if (!spread_heading.empty()) entries.push_back(widest(table, row, groups));
        part.add_row(std::move(entries));
    }
    return part;
}

/// The repeated groups and, of the others from `first` on, as many as fit (at least one); `first` moves
/// behind them.
TextTable next_part(const Table& table, const Groups& repeated, const Groups& others, std::size_t& first,
                    std::size_t width) {
    for (std::size_t last = others.size();; --last) {
        Groups groups = repeated;
        groups.insert(groups.end(), others.begin() + static_cast<std::ptrdiff_t>(first),
                      others.begin() + static_cast<std::ptrdiff_t>(last));
        TextTable part = part_of(table, groups, width);
        if (!part.fits() && last > first + 1) continue;
        first = last;
        return part;
    }
}

std::string parts_text(const Table& table, std::size_t width) {
    Groups repeated;
    Groups others;
    for (const Table::Group& group : table.groups) (group.repeated ? repeated : others).push_back(group);
    std::string text;
    for (std::size_t first = 0; first < others.size();) {
        const TextTable part = next_part(table, repeated, others, first, width);
        if (part.empty()) continue;
        if (!text.empty()) text += '\n';
        text += part.text();
    }
    return text;
}

}  // namespace

std::string notes_text(const std::vector<Note>& notes, std::size_t width) {
    std::string text;
    for (const Note& note : notes) text += wrapped("  " + note.lead + "  ", note.text, 8, width);
    return text;
}

std::string table_text(const Table& table, std::size_t width) {
    const std::string parts = parts_text(table, width);
    if (parts.empty() && table.notes.empty()) return "";
    return fmt::format("\n{}\n", wrapped("", table.title, 2, width)) + parts + notes_text(table.notes, width);
}

void make_ascii(std::string& text) {
    for (char& c : text) {
        if (c != '\n' && (c < ' ' || c > '~')) c = '?';
    }
}

}  // namespace stackshift
