// SPDX-License-Identifier: MIT
// Kernels of commits: a git tree's revisions, built one after the other in one place, so that a commit costs
// what it touches.
#pragma once

#include <string>
#include <vector>

#include "kernels/git_tree.h"
#include "kernels/image.h"
#include "kernels/strategies.h"

namespace stackshift {

/// Where the copies of a git tree go.
std::filesystem::path tree_work(const KernelPlaces& places);

/// Brings a kernel of each revision up to date and returns them, in order, with the revisions' names as their
/// own. `phases`: with the patches of kernels/patches/common on top, which stamp the phases of an exec.
/// Nothing is rebuilt that has not changed. Throws as build_kernels() does, naming the revision.
std::vector<BuiltKernel> build_revisions(const KernelPlaces& places, const GitTree& tree,
                                         const std::vector<Revision>& revisions, const std::string& config,
                                         bool phases, int jobs);

}  // namespace stackshift
