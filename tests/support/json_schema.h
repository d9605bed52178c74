// SPDX-License-Identifier: MIT
// Holds documents against the schemas in results/schema/, by a validator that only tests need.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace stackshift {

/// The schemas' names.
inline constexpr const char* kResultSchema = "stackshift-result-2";
inline constexpr const char* kCheckSchema = "stackshift-check-1";

/// Skips a test where the validator is missing.
#define SKIP_WITHOUT_JSON_SCHEMA() \
    if (!has_json_schema()) GTEST_SKIP() << "skipped: python3-jsonschema is not installed"

/// Whether the validator is installed.
bool has_json_schema();

/// What results/schema/NAME.schema.json says to each document: "valid", or where and why it is refused.
std::vector<std::string> schema_verdicts(const std::string& name,
                                         const std::vector<nlohmann::ordered_json>& documents);

/// The same of any schema's file.
std::vector<std::string> schema_file_verdicts(const std::filesystem::path& schema,
                                              const std::vector<nlohmann::ordered_json>& documents);

/// What the schema says to a file; "valid" without a look where the validator is missing, which the tests of
/// the schemas (tests/unit/schema_test.cpp) then say.
std::string file_verdict(const std::string& name, const std::filesystem::path& file);

}  // namespace stackshift
