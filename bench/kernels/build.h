// SPDX-License-Identifier: MIT
// Builds the contenders: source + configuration + patches -> build/kernels/NAME/{bzImage,System.map,config}.
#pragma once

#include <string>
#include <vector>

#include "kernels/image.h"
#include "kernels/strategies.h"

namespace stackshift {

/// Brings build/kernels/NAME up to date for each strategy's name, in order, on one base, and returns them.
/// Nothing is rebuilt that has not changed. Throws Error{usage} for an unknown name (with the nearest one)
/// and for a strategy that has no patches for that base, Error{environment} for missing source, tools or disk
/// space, Error{run_failed} for a patch that does not apply (file and hunk) or a build that fails (the
/// compiler's lines and the log's path).
std::vector<BuiltKernel> build_kernels(const KernelPlaces& places, const KernelBase& base,
                                       const std::vector<std::string>& names, const std::string& config,
                                       int jobs);

}  // namespace stackshift
