// SPDX-License-Identifier: MIT
// Writes result files.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "results/result.h"

namespace stackshift {

/// The result as JSON text, keys in the contract's order, read back by load.h's rules before it is returned.
/// No NaN or Infinity can be in it: a metric that holds one is Error{run_failed} naming cell and metric.
std::string to_json(const Result& result);

/// Writes `path` atomically.
void save_result(const Result& result, const std::filesystem::path& path);

/// As it stands in result files.
nlohmann::ordered_json kernel_json(const KernelInfo& kernel);

}  // namespace stackshift
