// SPDX-License-Identifier: MIT
// Text by lines, for the kernel builder's parsers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stackshift {

/// The lines of `text` without their newlines; a last line without newline counts. They point into `text`.
std::vector<std::string_view> split_lines(std::string_view text);

/// `text` without blanks, tabs and carriage returns at both ends.
std::string_view trim(std::string_view text);

/// The first line, trimmed.
std::string first_line(std::string_view text);

}  // namespace stackshift
