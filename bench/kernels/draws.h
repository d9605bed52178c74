// SPDX-License-Identifier: MIT
// Kernels whose execs draw the same addresses under the same seed, whatever their code is. Patches of
// kernels/draws, on top of any strategy or none, tells what an exec draws from a number on the command line.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kernels/patch.h"

namespace stackshift {

/// The configuration "bench-draws" is "bench", built with these patches.
std::string with_draws(const std::string& config);
std::string without_draws(const std::string& config);
bool has_draws(const std::string& config);

/// The patches for a base: the one in its folder, and, for a kernel that has the common patches, what is in
/// the folder `common` there, because some strategies draw early by means of these. Throws Error{usage} where
/// there is none for it.
std::vector<PatchFile> read_draws_patches(const std::filesystem::path& folder, const std::string& base,
                                          bool common);

/// What goes at the end of a guest's kernel command line: " exec_draws=SEED". A seed is 1 or more.
std::string draws_parameter(const std::string& seed);

}  // namespace stackshift
