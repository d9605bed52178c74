// SPDX-License-Identifier: MIT
// The JSON Schema of result.json, carried in the program so that an installed one needs no path to it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace stackshift {

/// The text of results/schema/stackshift-result-1.schema.json.
const char* schema_text();
/// The text of results/schema/stackshift-check-1.schema.json.
const char* check_schema_text();

/// What is wrong with a document, and where.
struct Problem {
    std::string pointer;  ///< JSON pointer (RFC 6901), "/cells/3/status"; empty: the document itself
    std::string message;  ///< "is missing", "is \"8\": ..."
};

/// The first violation of a schema (one of the above), deepest place first, or nothing.
std::optional<Problem> schema_violation(const nlohmann::ordered_json& document,
                                        const char* schema = schema_text());

/// `key` as one more step of a JSON pointer.
std::string pointer_step(const std::string& key);

}  // namespace stackshift
