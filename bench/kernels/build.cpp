// SPDX-License-Identifier: MIT
#include "kernels/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "kernels/config.h"
#include "kernels/lock.h"
#include "kernels/make.h"
#include "kernels/name_field.h"
#include "kernels/patch.h"
#include "kernels/record.h"
#include "kernels/series.h"
#include "kernels/source.h"
#include "kernels/strategy_folder.h"
#include "kernels/text.h"
#include "kernels/tree.h"
#include "util/error.h"
#include "util/files.h"
#include "util/process.h"
#include "util/progress.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

// Part of every key: raise it when a change of the builder makes other images of the same input.
constexpr int kBuilderVersion = 3;

/// Everything that makes one kernel, read before anything is built: what is hashed is what is used.
struct Recipe {
    std::string name;
    std::string config;
    Declarations declared;
    std::vector<PatchFile> patches;
    std::vector<ConfigOption> options;
    fs::path result;
    std::string key;
};

std::string make_key(const Recipe& recipe, const KernelSource& source, const std::string& config_text,
                     const std::string& fragment, const Toolchain& tools) {
    // Lengths between the parts: no two different inputs can give the same text.
    std::string text;
    const auto add = [&](const std::string& part) { text += fmt::format("{}:{}\n", part.size(), part); };
    add(fmt::format("builder {}", kBuilderVersion));
    add(source.id);
    add(source.content);
    add(recipe.name);
    add(recipe.config);
    add(config_text);
    add(fragment);
    for (const PatchFile& patch : recipe.patches) {
        add(patch.label);
        add(patch.text);
    }
    add(tools.compiler);
    add(tools.linker);
    return sha256(text);
}

Recipe read_recipe(const KernelPlaces& places, const Strategy& strategy, const NamedConfig& base,
                   const std::string& config, const KernelSource& source, const Toolchain& tools) {
    Recipe recipe;
    recipe.name = strategy.name;
    recipe.config = config;
    recipe.declared = strategy.declared;
    recipe.patches = read_series(strategy);
    std::string fragment;
    recipe.options = base.options;
    for (const fs::path& path : strategy.config_fragments) {
        const std::string text = read_file(path);
        recipe.options = merge_configs(recipe.options, parse_config(text, folder_label(path)));
        fragment += text;
    }
    recipe.result = result_directory(places.build, strategy.name, config);
    recipe.key = make_key(recipe, source, base.text, fragment, tools);
    return recipe;
}

std::vector<Recipe> read_recipes(const KernelPlaces& places, const std::vector<std::string>& names,
                                 const std::string& config, const KernelSource& source) {
    std::vector<Strategy> strategies;
    for (const std::string& name : names) strategies.push_back(read_strategy(places, name));
    const NamedConfig base = read_named_config(places.configs, config);
    // The compiler is part of the key: without one it cannot even be told that a kernel is finished. One
    // message then names all that is missing.
    if (find_program("gcc").empty() || find_program("ld").empty()) require_build_tools(base.options);
    const Toolchain tools = toolchain();
    std::vector<Recipe> recipes;
    for (const Strategy& strategy : strategies) {
        recipes.push_back(read_recipe(places, strategy, base, config, source, tools));
    }
    return recipes;
}

/// True where the patched tree has the symbol that carries the strategy's name (common/ adds it).
bool has_strategy_symbol(const PatchedTree& tree, const std::vector<PatchFile>& patches) {
    for (const PatchFile& patch : patches) {
        for (const std::string& name : touched_files(patch)) {
            if (!fs::path(name).filename().string().starts_with("Kconfig")) continue;
            const std::string text = read_file_or(tree.source() / name, "");
            for (const std::string_view line : split_lines(text)) {
                if (trim(line) == "config EXEC_STRATEGY") return true;
            }
        }
    }
    return false;
}

BuiltKernel build(const Recipe& recipe, const KernelSource& source, PatchedTree& tree,
                  const KernelMake& make) {
    const auto start = std::chrono::steady_clock::now();
    BuiltKernel kernel;
    kernel.pinned_source = source.pinned;
    kernel.info.strategy = recipe.name;
    kernel.info.base = base_version(tree);
    kernel.info.config = recipe.config;
    kernel.info.compiler = toolchain().compiler;
    for (const PatchFile& patch : recipe.patches) {
        kernel.info.patches.push_back({patch.label, sha256(patch.text)});
    }

    make_directories(recipe.result);
    tree.apply(recipe.patches, kernel.info.base);
    std::vector<ConfigOption> options = recipe.options;
    const bool names_strategy = has_strategy_symbol(tree, recipe.patches);
    if (names_strategy) {
        options = merge_configs(
            options, {{{"CONFIG_EXEC_STRATEGY", fmt::format("\"{}\"", kNamePlaceholder)}, "the builder"}});
    }
    Configured configured = configure(make, options, recipe.result / "config.log");
    kernel.info.intents = std::move(configured.intents);
    kernel.checks_strategy = names_strategy && config_value(configured.text, "CONFIG_EXEC_PHASES") == "y";
    const std::string title = fmt::format("kernel {}", recipe.result.filename().string());
    build_image(make, title, recipe.result / "build.log");
    kernel.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    publish_kernel(make.objects, recipe.result, recipe.key, kernel);
    return kernel;
}

/// Kbuild refuses such paths, with a message that names none.
void require_plain_path(const fs::path& path) {
    const std::string text = path.string();
    const auto bad = text.find_first_of(" \t\n:#$%\\'\"");
    if (bad == std::string::npos) return;
    throw Error(
        Exit::environment,
        fmt::format("kernels cannot be built below {}: make stumbles over '{}' in a path", text, text[bad]));
}

}  // namespace

std::vector<BuiltKernel> build_kernels(const KernelPlaces& places, const std::vector<std::string>& names,
                                       const std::string& config, int jobs) {
    const KernelSource source = find_source(places.source);
    if (!source.note.empty()) Progress("kernels").note(source.note);
    const std::vector<Recipe> recipes = read_recipes(places, names, config, source);

    std::vector<std::optional<BuiltKernel>> kernels;
    for (const Recipe& recipe : recipes) kernels.push_back(load_kernel(recipe.result, recipe.key));
    const bool all_there =
        std::all_of(kernels.begin(), kernels.end(), [](const auto& k) { return k.has_value(); });
    if (!all_there) {
        require_plain_path(places.build);
        require_build_tools(recipes.front().options);
        const fs::path work = places.build / ".work";
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
            kernels[i] = build(recipes[i], source, *tree, make);
        }
    }
    std::vector<BuiltKernel> built;
    for (size_t i = 0; i < recipes.size(); ++i) {
        // No part of the record: what is declared may change without a build.
        kernels[i]->declared = recipes[i].declared;
        built.push_back(std::move(*kernels[i]));
    }
    return built;
}

}  // namespace stackshift
