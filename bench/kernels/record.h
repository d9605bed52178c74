// SPDX-License-Identifier: MIT
// build/kernels/NAME: a finished kernel and the record of what it was made of.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "kernels/image.h"

namespace stackshift {

/// Where a kernel's results are: NAME, or NAME+CONFIG for another configuration than bench.
std::filesystem::path result_directory(const std::filesystem::path& build, const std::string& name,
                                       const std::string& config);

/// The kernel in `directory` if its record has this key and its image is the one that was recorded; `seconds`
/// is 0. A record that cannot be read is none.
std::optional<BuiltKernel> load_kernel(const std::filesystem::path& directory, const std::string& key);

/// Puts the object directory's bzImage, System.map and .config into `directory`, completes `kernel` (paths,
/// hashes) and writes its record. The old record goes first and the new one comes last: where this is
/// interrupted, there is no record, and the next run publishes again. Throws Error{environment} for a full
/// disk.
void publish_kernel(const std::filesystem::path& objects, const std::filesystem::path& directory,
                    const std::string& key, BuiltKernel& kernel);

}  // namespace stackshift
