// SPDX-License-Identifier: MIT
#include "kernels/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "kernels/config.h"
#include "kernels/draws.h"
#include "kernels/lock.h"
#include "kernels/make.h"
#include "kernels/recipe.h"
#include "kernels/record.h"
#include "kernels/series.h"
#include "kernels/source.h"
#include "kernels/strategy_folder.h"
#include "util/error.h"
#include "util/files.h"
#include "util/process.h"
#include "util/progress.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

/// What all kernels of one call have in common.
struct Ground {
    const KernelPlaces& places;
    const KernelBase& base;
    const KernelSource& source;
    std::string config_name;
    NamedConfig config;
    Toolchain tools;
};

Recipe read_recipe(const Ground& ground, const Strategy& strategy) {
    Recipe recipe;
    recipe.name = kernel_name(strategy.name, ground.base.name);
    recipe.config = ground.config_name;
    recipe.declared = strategy.declared;
    const std::vector<Declaration>& deviations = ground.base.deviations;
    recipe.declared.deviations.insert(recipe.declared.deviations.end(), deviations.begin(), deviations.end());
    recipe.patches = read_series(strategy);
    if (strategy.is_step) recipe.subject = patch_subject(recipe.patches.back());
    if (has_draws(ground.config_name)) {
        const std::vector<PatchFile> draws =
            read_draws_patches(ground.places.draws, ground.base.name, strategy.common);
        recipe.patches.insert(recipe.patches.end(), draws.begin(), draws.end());
    }
    std::string fragment;
    recipe.options = ground.config.options;
    for (const fs::path& path : strategy.config_fragments) {
        const std::string text = read_file(path);
        recipe.options = merge_configs(recipe.options, parse_config(text, folder_label(path)));
        fragment += text;
    }
    recipe.result = result_directory(ground.places.build, recipe.name, ground.config_name);
    recipe.key = recipe_key(recipe, {ground.source.id, ground.source.content}, {ground.config.text, fragment},
                            ground.tools);
    return recipe;
}

std::vector<Recipe> read_recipes(const KernelPlaces& places, const KernelBase& base,
                                 const KernelSource& source, const std::vector<Strategy>& strategies,
                                 const std::string& config) {
    Ground ground{places, base, source, config, read_named_config(places.configs, without_draws(config)), {}};
    // The compiler is part of the key: without one it cannot even be told that a kernel is finished. One
    // message then names all that is missing.
    if (find_program("gcc").empty() || find_program("ld").empty()) require_build_tools(ground.config.options);
    ground.tools = toolchain();
    std::vector<Recipe> recipes;
    for (const Strategy& strategy : strategies) recipes.push_back(read_recipe(ground, strategy));
    return recipes;
}

std::vector<Strategy> read_strategies(const KernelPlaces& places, const KernelBase& base,
                                      const std::vector<std::string>& names) {
    std::vector<Strategy> strategies;
    for (const std::string& name : names) {
        strategies.push_back(read_strategy(places, name, base.name));
        const std::string& unported = strategies.back().unported;
        if (!unported.empty())
            throw Error(Exit::usage,
                        fmt::format("strategy {0} is not ported to {1}: there is no kernels/patches/{2}/{1}",
                                    name, base.name, unported));
    }
    return strategies;
}

}  // namespace

std::vector<BuiltKernel> build_kernels(const KernelPlaces& places, const KernelBase& base,
                                       const std::vector<std::string>& names, const std::string& config,
                                       int jobs) {
    const std::vector<Strategy> strategies = read_strategies(places, base, names);
    const fs::path work = places.build / ".work";
    const KernelSource source = find_source(places.source, base, work);
    if (!source.note.empty()) Progress("kernels").note(source.note);
    const std::vector<Recipe> recipes = read_recipes(places, base, source, strategies, config);

    std::vector<std::optional<BuiltKernel>> kernels;
    for (const Recipe& recipe : recipes) kernels.push_back(load_kernel(recipe.result, recipe.key));
    const bool all_there =
        std::all_of(kernels.begin(), kernels.end(), [](const auto& k) { return k.has_value(); });
    if (!all_there) {
        require_plain_path(places.build);
        require_build_tools(recipes.front().options);
        const BuildLock lock(work / "lock");
        std::optional<PatchedTree> tree;
        for (size_t i = 0; i < recipes.size(); ++i) {
            // Another stackshift may have built it while we waited for the lock.
            if (!kernels[i]) kernels[i] = load_kernel(recipes[i].result, recipes[i].key);
            if (kernels[i]) continue;
            if (!tree) tree = prepare_source(source, work);
            KernelMake make;
            make.source = tree->source();
            make.objects = object_directory(make.source, config);
            make.ccache = work / "ccache";
            make.steps = work / source.id / ("steps-" + config);
            make.jobs = jobs;
            kernels[i] = build_recipe(recipes[i], source.pinned, *tree, make);
        }
    }
    std::vector<BuiltKernel> built;
    for (size_t i = 0; i < recipes.size(); ++i) {
        // No part of the record: what is declared may change without a build, and so may a patch's message.
        kernels[i]->declared = recipes[i].declared;
        kernels[i]->info.subject = recipes[i].subject;
        built.push_back(std::move(*kernels[i]));
    }
    return built;
}

}  // namespace stackshift
