// SPDX-License-Identifier: MIT
// The result file of a conformance run (results/schema/stackshift-check-1.schema.json) and its tables.
#pragma once

#include <filesystem>
#include <string>

#include "check/check.h"

namespace stackshift {

/// The result as JSON text, validated against its schema.
std::string to_json(const CheckResult& result);

/// Writes it atomically.
void save_check_result(const CheckResult& result, const std::filesystem::path& path);

/// How many tests each group has, by strategy and how they ended; then the semantics matrix: every property
/// in which some strategy is not as mainline, with what was seen; then the reasons, what was skipped, and
/// every failure.
std::string check_text(const CheckResult& result);

/// Whether some row failed.
bool has_failure(const CheckResult& result);

}  // namespace stackshift
