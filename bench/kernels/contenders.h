// SPDX-License-Identifier: MIT
// The kernels that a run compares: built from strategies, or brought by the user.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "kernels/build.h"
#include "run/places.h"

namespace stackshift {

/// The kernels that a user asks for.
struct KernelRequest {
    std::vector<std::string> strategies;  ///< empty, and no prebuilt image: those that run by default
    std::vector<std::pair<std::string, std::filesystem::path>> prebuilt;  ///< --kernel NAME=IMAGE
    std::filesystem::path source;        ///< --kernel-source; empty: Debian's
    std::filesystem::path tree;          ///< --tree: a git tree whose revisions are the contenders; or empty
    std::vector<std::string> revisions;  ///< "A", "A..B" or WORKTREE
    bool phases = false;                 ///< revisions with the patches that stamp phases
    std::string config = "bench";        ///< kernels/config/NAME.config; counts and times are of bench only
    int jobs = 1;                        ///< guests and compilers side by side
};

/// Where `request` and `places` say that kernels come from and go to.
KernelPlaces kernel_places(const KernelRequest& request, const Places& places);

/// The strategies that `request` names, each once, or those that run by default; none where it names
/// a tree or only prebuilt images.
std::vector<std::string> contending_strategies(const KernelRequest& request, const Places& places);

/// Throws Error{usage} for a tree beside strategies or without revisions, for a strategy that is unknown and
/// for a prebuilt image's name that cannot be used: by is_strategy_name(), because it is a strategy's, or
/// because another has it. Reads folders' names only.
void require_contenders(const KernelRequest& request, const Places& places);

/// The kernels, built where needed, then the prebuilt ones. Throws as build_kernels() does.
std::vector<BuiltKernel> contending_kernels(const KernelRequest& request, const Places& places);

}  // namespace stackshift
