// SPDX-License-Identifier: MIT
// JSON as result files hold it: indented for people and diffs, but numbers of one array on one line.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace stackshift {

/// Indented text with a newline at the end. Invalid UTF-8 becomes U+FFFD. Numbers read back as the same
/// numbers.
std::string pretty_json(const nlohmann::ordered_json& value);

/// An integer where the number is one (74107, not 74107.0), so that counts look like counts.
nlohmann::ordered_json json_number(double value);

/// The text of a samples array as it stands in a file: "[1, 2.5, 3]"; what Python's json.dumps gives too.
std::string samples_text(const std::vector<double>& samples);

/// sha256 of samples_text(): what stands for the samples in a committed reference.
std::string samples_digest(const std::vector<double>& samples);

}  // namespace stackshift
