// SPDX-License-Identifier: MIT
// Tables as text for people: plain ASCII, at most `width` columns wide where a table can be folded so.
#pragma once

#include <string>

#include "report/table.h"
#include "report/text_table.h"

namespace stackshift {

/// A blank line, the title, the table in as many parts as its groups need to fit, its notes; nothing for a
/// table without rows and notes.
std::string table_text(const Table& table, std::size_t width = kLineWidth);

/// The notes alone.
std::string notes_text(const std::vector<Note>& notes, std::size_t width = kLineWidth);

/// Names and reasons come from files and guests: what is not printable ASCII must not reach a terminal, a
/// mail or a table, and becomes '?'.
void make_ascii(std::string& text);

}  // namespace stackshift
