// SPDX-License-Identifier: MIT
// The kernels that a run compares: built from strategies, or brought by the user.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "kernels/build.h"
#include "kernels/kernel_base.h"
#include "run/places.h"

namespace stackshift {

/// The kernels that a user asks for.
struct KernelRequest {
    std::vector<std::string> strategies;  ///< empty, and no prebuilt image: those that run by default
    std::string series;                   ///< --series: a strategy whose steps are the contenders; or empty
    std::vector<std::pair<std::string, std::filesystem::path>> prebuilt;  ///< --kernel NAME=IMAGE
    std::vector<std::string> bases;  ///< --base; empty: the default, or what --kernel-source is nearest to
    std::filesystem::path source;    ///< --kernel-source; empty: Debian's
    std::filesystem::path tree;      ///< --tree: a git tree whose revisions are the contenders; or empty
    std::vector<std::string> revisions;  ///< "A", "A..B" or WORKTREE
    bool phases = false;                 ///< revisions with the patches that stamp phases
    bool paired_draws = false;     ///< with the patch that lets all kernels draw the same (kernels/draws.h)
    std::string config = "bench";  ///< kernels/config/NAME.config; counts and times are of bench only
    int jobs = 1;                  ///< guests and compilers side by side
};

/// Where `request` and `places` say that kernels come from and go to.
KernelPlaces kernel_places(const KernelRequest& request, const Places& places);

/// The bases that `request` names, each once and in its order, or the one that it means. Not empty. Throws
/// Error{usage} for an unknown one.
std::vector<KernelBase> contending_bases(const KernelRequest& request, const Places& places);

/// Strategies on one base.
struct ContendingStrategies {
    std::vector<std::string> ported;    ///< to be built
    std::vector<std::string> unported;  ///< asked for, but without patches for this base
};

/// The strategies that `request` names, each once, or the steps of the series that it names, or those that
/// run by default; none where it names a tree or only prebuilt images.
ContendingStrategies contending_strategies(const KernelRequest& request, const Places& places,
                                           const KernelBase& base);

/// What `request` asks for, but of one of its strategies (or steps) alone, on one base.
KernelRequest strategy_alone(KernelRequest request, const KernelBase& base, const std::string& strategy);

/// The kernels' names of all that have no patches for a base that is asked for: "userstack@7.3".
std::vector<std::string> unported_kernels(const KernelRequest& request, const Places& places);

/// Throws Error{usage} for a tree beside strategies or without revisions, for a series beside either, for a
/// strategy or a base that is unknown, for a named strategy that is ported to none of the bases, and for a
/// prebuilt image's name that cannot be used: by is_strategy_name(), because it is a strategy's, or because
/// another has it.
void require_contenders(const KernelRequest& request, const Places& places);

/// The kernels, built where needed, then the prebuilt ones. Throws as build_kernels() does.
std::vector<BuiltKernel> contending_kernels(const KernelRequest& request, const Places& places);

}  // namespace stackshift
