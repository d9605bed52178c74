// SPDX-License-Identifier: MIT
// Reads result files.
#pragma once

#include <filesystem>

#include "results/reader.h"
#include "results/result.h"

namespace stackshift {

/// Reads and validates. Every problem is Error{usage} that names the file and the place in it: text that ends
/// too early or is nested too deep (line, column), a wrong type or a missing key (JSON pointer), a
/// schema_version newer than ours, a summary that its samples contradict. Unknown keys are ignored. Times
/// that mean nothing (timing.h) are Error{incomparable}: no command shows them.
Result load_result(const std::filesystem::path& path);

/// The same of a document that has been read from `path` (parse.h).
Result result_from(const nlohmann::ordered_json& document, const std::filesystem::path& path);

/// The result that a document holds; what is wrong with one of its values throws Malformed. It accepts
/// nothing that results/schema/stackshift-result-2.schema.json refuses (tests/unit/schema_test.cpp). Whether
/// the values agree with each other is contradiction()'s to say.
Result result_of(const nlohmann::ordered_json& document);

/// A kernel as kernel_json() (save.h) writes it.
KernelInfo kernel_of(const Reader& json);

}  // namespace stackshift
