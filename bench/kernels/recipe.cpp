// SPDX-License-Identifier: MIT
#include "kernels/recipe.h"

#include <fmt/format.h>

#include <chrono>

#include "kernels/name_field.h"
#include "kernels/record.h"
#include "kernels/source.h"
#include "kernels/text.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

// Part of every key: raise it when a change of the builder makes other images of the same input.
constexpr int kBuilderVersion = 3;

}  // namespace

std::string recipe_key(const Recipe& recipe, const std::vector<std::string>& source,
                       const std::vector<std::string>& configs, const Toolchain& tools) {
    // Lengths between the parts: no two different inputs can give the same text.
    std::string text;
    const auto add = [&](const std::string& part) { text += fmt::format("{}:{}\n", part.size(), part); };
    add(fmt::format("builder {}", kBuilderVersion));
    for (const std::string& part : source) add(part);
    add(recipe.name);
    add(recipe.config);
    for (const std::string& part : configs) add(part);
    for (const PatchFile& patch : recipe.patches) {
        add(patch.label);
        add(patch.text);
    }
    add(tools.compiler);
    add(tools.linker);
    return sha256(text);
}

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

BuiltKernel build_recipe(const Recipe& recipe, bool pinned_source, PatchedTree& tree,
                         const KernelMake& make) {
    const auto start = std::chrono::steady_clock::now();
    BuiltKernel kernel;
    kernel.pinned_source = pinned_source;
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

void require_plain_path(const fs::path& path) {
    const std::string text = path.string();
    const auto bad = text.find_first_of(" \t\n:#$%\\'\"");
    if (bad == std::string::npos) return;
    throw Error(
        Exit::environment,
        fmt::format("kernels cannot be built below {}: make stumbles over '{}' in a path", text, text[bad]));
}

}  // namespace stackshift
