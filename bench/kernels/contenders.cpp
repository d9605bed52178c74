// SPDX-License-Identifier: MIT
#include "kernels/contenders.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernels/revisions.h"
#include "kernels/strategies.h"
#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {

KernelPlaces kernel_places(const KernelRequest& request, const Places& places) {
    return {places.kernels / "patches", places.kernels / "config", places.built_kernels(), request.source};
}

std::vector<std::string> contending_strategies(const KernelRequest& request, const Places& places) {
    std::vector<std::string> names;
    for (const std::string& name : request.strategies) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    if (!names.empty() || !request.prebuilt.empty() || !request.tree.empty()) return names;
    for (const Strategy& strategy : list_strategies(kernel_places(request, places))) {
        if (strategy.by_default) names.push_back(strategy.name);
    }
    return names;
}

namespace {

void require_tree_alone(const KernelRequest& request) {
    if (request.tree.empty()) {
        if (request.revisions.empty() && !request.phases) return;
        throw Error(Exit::usage, "--revisions and --phases are of a git tree: give it with --tree DIR");
    }
    if (request.revisions.empty())
        throw Error(Exit::usage,
                    fmt::format("--tree needs --revisions A,B or A..B ({} is the work tree as it stands)",
                                kWorktree));
    if (!request.strategies.empty())
        throw Error(Exit::usage,
                    "--tree compares revisions, which no strategies are applied to: leave out --strategies");
    if (!request.source.empty())
        throw Error(Exit::usage, "--tree and --kernel-source are two sources of kernels: give one");
}

}  // namespace

void require_contenders(const KernelRequest& request, const Places& places) {
    require_tree_alone(request);
    const std::vector<std::string> strategies = strategy_names(kernel_places(request, places));
    for (const std::string& name : request.strategies) {
        if (std::find(strategies.begin(), strategies.end(), name) == strategies.end())
            throw Error(Exit::usage, unknown_name_message("strategy", name, strategies));
    }
    std::vector<std::string> taken;
    for (const auto& [name, image] : request.prebuilt) {
        // A name becomes a file's and a table's column, and tells kernels apart.
        if (!is_strategy_name(name))
            throw Error(Exit::usage, fmt::format("--kernel {}=...: {}", name, kStrategyNameRule));
        if (std::find(strategies.begin(), strategies.end(), name) != strategies.end()) {
            throw Error(
                Exit::usage,
                fmt::format("--kernel {0}=...: '{0}' is a strategy of kernels/patches; give the image "
                            "another name",
                            name));
        }
        if (std::find(taken.begin(), taken.end(), name) != taken.end()) {
            throw Error(Exit::usage,
                        fmt::format("--kernel {}=...: another kernel of this run has that name", name));
        }
        taken.push_back(name);
    }
}

std::vector<BuiltKernel> contending_kernels(const KernelRequest& request, const Places& places) {
    const std::vector<std::string> names = contending_strategies(request, places);
    require_contenders(request, places);
    // Looked at before anything is built: a wrong path should not cost a build.
    std::vector<BuiltKernel> prebuilt;
    for (const auto& [name, image] : request.prebuilt) prebuilt.push_back(prebuilt_kernel(name, image));
    std::vector<BuiltKernel> kernels;
    if (!request.tree.empty()) {
        const KernelPlaces where = kernel_places(request, places);
        const GitTree tree(request.tree, tree_work(where));
        kernels = build_revisions(where, tree, tree.resolve_all(request.revisions), request.config,
                                  request.phases, request.jobs);
    }
    if (!names.empty())
        kernels = build_kernels(kernel_places(request, places), names, request.config, request.jobs);
    kernels.insert(kernels.end(), prebuilt.begin(), prebuilt.end());
    return kernels;
}

}  // namespace stackshift
