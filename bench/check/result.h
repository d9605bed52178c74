// SPDX-License-Identifier: MIT
// The result file of a conformance run (results/schema/stackshift-check-1.schema.json) and its tables.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "check/check.h"

namespace stackshift {

/// The result as JSON text. Text that its schema would refuse is not returned: Error{run_failed} says what is
/// wrong.
std::string to_json(const CheckResult& result);

/// Writes it atomically.
void save_check_result(const CheckResult& result, const std::filesystem::path& path);

/// Reads a file back. Every problem is Error{usage} that names the file and the place in it, as
/// load_result()'s are.
CheckResult load_check_result(const std::filesystem::path& path);

/// The same of a document that has been read from `path` (results/parse.h).
CheckResult check_result_from(const nlohmann::ordered_json& document, const std::filesystem::path& path);

/// Whether a document says that it is a conformance run's.
bool is_check_result(const nlohmann::ordered_json& document);

/// Whether some row failed.
bool has_failure(const CheckResult& result);

}  // namespace stackshift
