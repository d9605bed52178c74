// SPDX-License-Identifier: MIT
#include "kernels/contenders.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "kernels/draws.h"
#include "kernels/revisions.h"
#include "kernels/source.h"
#include "kernels/strategies.h"
#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {

KernelPlaces kernel_places(const KernelRequest& request, const Places& places) {
    return {places.kernels / "patches", places.kernels / "config", places.built_kernels(), request.source,
            places.kernels / "bases",   places.kernels / "draws"};
}

std::vector<KernelBase> contending_bases(const KernelRequest& request, const Places& places) {
    const std::filesystem::path folder = kernel_places(request, places).bases;
    if (request.bases.empty() && !request.source.empty())
        return {base_of_directory(request.source, list_bases(folder))};
    if (request.bases.empty()) return {read_base(folder, kDefaultBase)};
    std::vector<KernelBase> bases;
    for (const std::string& name : request.bases) {
        const bool known = std::any_of(bases.begin(), bases.end(),
                                       [&](const KernelBase& base) { return base.name == name; });
        if (!known) bases.push_back(read_base(folder, name));
    }
    return bases;
}

ContendingStrategies contending_strategies(const KernelRequest& request, const Places& places,
                                           const KernelBase& base) {
    const KernelPlaces where = kernel_places(request, places);
    ContendingStrategies contending;
    const auto add = [&](const Strategy& strategy) {
        (strategy.unported.empty() ? contending.ported : contending.unported).push_back(strategy.name);
    };
    std::vector<std::string> seen;
    const std::vector<std::string> wanted =
        request.series.empty() ? request.strategies : series_names(where, request.series, base.name);
    for (const std::string& name : wanted) {
        if (std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
        seen.push_back(name);
        add(read_strategy(where, name, base.name));
    }
    if (!seen.empty() || !request.prebuilt.empty() || !request.tree.empty()) return contending;
    for (const Strategy& strategy : list_strategies(where, base.name))
        if (strategy.by_default) add(strategy);
    return contending;
}

KernelRequest strategy_alone(KernelRequest request, const KernelBase& base, const std::string& strategy) {
    request.strategies = {strategy};
    request.series.clear();
    request.bases = {base.name};
    request.prebuilt.clear();
    return request;
}

std::vector<std::string> unported_kernels(const KernelRequest& request, const Places& places) {
    std::vector<std::string> names;
    for (const KernelBase& base : contending_bases(request, places))
        for (const std::string& name : contending_strategies(request, places, base).unported)
            names.push_back(kernel_name(name, base.name));
    return names;
}

namespace {

/// A strategy that was asked for by its name must be built on one base at least.
void require_ports(const KernelRequest& request, const Places& places) {
    const std::vector<KernelBase> bases = contending_bases(request, places);
    const KernelPlaces where = kernel_places(request, places);
    for (const std::string& name : request.strategies) {
        if (!ported_bases(where, name, bases).empty()) continue;
        std::vector<std::string> asked;
        for (const KernelBase& base : bases) asked.push_back(base.name);
        throw Error(Exit::usage,
                    fmt::format("strategy {} is not ported to {} (it is to {})", name, fmt::join(asked, ", "),
                                fmt::join(ported_bases(where, name, list_bases(where.bases)), ", ")));
    }
}

void require_tree_alone(const KernelRequest& request) {
    if (request.tree.empty()) {
        if (request.revisions.empty() && !request.phases) return;
        throw Error(Exit::usage, "--revisions and --phases are of a git tree: give it with --tree DIR");
    }
    if (request.revisions.empty())
        throw Error(Exit::usage,
                    fmt::format("--tree needs --revisions A,B or A..B ({} is the work tree as it stands)",
                                kWorktree));
    if (!request.strategies.empty() || !request.series.empty())
        throw Error(Exit::usage,
                    "--tree compares revisions, which no strategies are applied to: leave out --strategies "
                    "and --series");
    if (!request.source.empty())
        throw Error(Exit::usage, "--tree and --kernel-source are two sources of kernels: give one");
    if (!request.bases.empty())
        throw Error(Exit::usage, "--base is a line of packaged kernels, --tree has its own: give one");
}

/// A series is compared with itself: what it stands on, and its steps.
void require_series_alone(const KernelRequest& request) {
    if (request.series.empty()) return;
    if (!request.strategies.empty())
        throw Error(Exit::usage,
                    "--series are the steps of one strategy: leave out --strategies (a step is a "
                    "strategy too, late.3)");
    if (!request.prebuilt.empty())
        throw Error(Exit::usage, "--series are the steps of one strategy: leave out --kernel");
    if (request.bases.size() > 1)
        throw Error(Exit::usage, "--series are steps on one base: give one --base, or none");
}

}  // namespace

void require_contenders(const KernelRequest& request, const Places& places) {
    require_tree_alone(request);
    require_series_alone(request);
    if (request.paired_draws && !(request.tree.empty() && request.prebuilt.empty()))
        throw Error(Exit::usage,
                    "--paired-draws needs kernels that are built here, with a patch: leave out --kernel and "
                    "--tree");
    if (!request.source.empty() && request.bases.size() > 1)
        throw Error(Exit::usage, "--kernel-source is one kernel: give one --base, or none");
    const KernelPlaces where = kernel_places(request, places);
    const std::vector<std::string> strategies = strategy_names(where);
    const std::vector<KernelBase> bases = contending_bases(request, places);
    for (const std::string& name : request.strategies) read_strategy(where, name, bases.front().name);
    if (!request.series.empty()) series_names(where, request.series, bases.front().name);
    require_ports(request, places);
    std::vector<std::string> taken = request.strategies;
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
    for (const KernelBase& base : contending_bases(request, places)) {
        const std::vector<std::string> names = contending_strategies(request, places, base).ported;
        if (names.empty()) continue;
        const std::string config = request.paired_draws ? with_draws(request.config) : request.config;
        const std::vector<BuiltKernel> more =
            build_kernels(kernel_places(request, places), base, names, config, request.jobs);
        kernels.insert(kernels.end(), more.begin(), more.end());
    }
    kernels.insert(kernels.end(), prebuilt.begin(), prebuilt.end());
    return kernels;
}

}  // namespace stackshift
