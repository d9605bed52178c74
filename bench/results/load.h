// SPDX-License-Identifier: MIT
// Reads result files.
#pragma once

#include <filesystem>

#include "results/result.h"

namespace stackshift {

/// Reads and validates. Every problem is Error{usage} that names the file and the place in it: text that ends
/// too early (line, column), a wrong type or a missing key (JSON pointer), a schema_version newer than ours,
/// a summary that its samples contradict. Unknown keys are ignored.
Result load_result(const std::filesystem::path& path);

}  // namespace stackshift
