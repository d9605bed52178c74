// SPDX-License-Identifier: MIT
// The result file of a conformance run (results/schema/stackshift-check-1.schema.json) and its tables.
#pragma once

#include <filesystem>
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

/// Whether some row failed.
bool has_failure(const CheckResult& result);

}  // namespace stackshift
