// SPDX-License-Identifier: MIT
#include "kernels/package.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "kernels/lock.h"
#include "kernels/make.h"
#include "kernels/name_field.h"
#include "kernels/recipe.h"
#include "kernels/series.h"
#include "kernels/source.h"
#include "kernels/strategy_folder.h"
#include "util/error.h"
#include "util/files.h"
#include "util/progress.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

// The objects of a kernel with most of a distribution's modules, without debugging information.
constexpr std::uintmax_t kPackageBytes = 6ULL << 30;

/// A configuration's text, looked at before anything is built.
std::string read_configuration(const fs::path& file) {
    std::string text = read_file(file);
    const std::vector<ConfigOption> options = parse_config(text, file.string());
    if (options.empty())
        throw Error(Exit::usage,
                    fmt::format("--config {}: it has no option of a kernel's configuration", file.string()));
    if (!text.ends_with('\n')) text += '\n';
    return text;
}

/// All that makes one package, read before anything is built.
struct PackageRecipe {
    std::string strategy;
    std::vector<PatchFile> patches;
    std::vector<ConfigOption> fragments;
};

PackageRecipe read_package_recipe(const KernelPlaces& places, const KernelBase& base,
                                  const std::string& name) {
    const Strategy strategy = read_strategy(places, name, base.name);
    if (!strategy.unported.empty())
        throw Error(Exit::usage, fmt::format("strategy {} is not ported to {}", name, base.name));
    PackageRecipe recipe;
    recipe.strategy = name;
    recipe.patches = read_series(strategy);
    for (const fs::path& path : strategy.config_fragments) {
        recipe.fragments = merge_configs(recipe.fragments, parse_config(read_file(path), folder_label(path)));
    }
    return recipe;
}

/// Moves the image's package into `out` and removes what else bindeb-pkg left beside the object directory.
fs::path take_package(const KernelMake& make, const std::string& release, const fs::path& out) {
    fs::path taken;
    for (const fs::path& file : package_files(make)) {
        const std::string name = file.filename();
        if (name.starts_with("linux-image-" + release + "_") && name.ends_with(".deb")) {
            taken = out / name;
            // Not renamed: `out` may be on another disk.
            fs::copy_file(file, taken, fs::copy_options::overwrite_existing);
        }
        fs::remove(file);
    }
    if (taken.empty())
        throw Error(
            Exit::run_failed,
            fmt::format("bindeb-pkg made no package of {} (a change of the kernel's own scripts?)", release));
    return taken;
}

}  // namespace

fs::path machine_config(const fs::path& named, const std::string& release, const fs::path& boot) {
    if (!named.empty()) return named;
    const fs::path own = boot / ("config-" + release);
    if (!read_file_or(own, "").empty()) return own;
    throw Error(
        Exit::environment,
        fmt::format("{} cannot be read: name the configuration with --config FILE (where the kernel has it: "
                    "zcat /proc/config.gz > FILE)",
                    own.string()));
}

std::vector<ConfigOption> packaged_options(const std::string& name, bool stamps) {
    const auto quoted = [](const std::string& text) { return '"' + text + '"'; };
    std::vector<ConfigSetting> settings = {
        {"CONFIG_LOCALVERSION", quoted(std::string(kPackagedRelease) + name)},
        {"CONFIG_LOCALVERSION_AUTO", "n"},
        {"CONFIG_SYSTEM_TRUSTED_KEYS", quoted("")},
        {"CONFIG_SYSTEM_REVOCATION_KEYS", quoted("")},
        {"CONFIG_DEBUG_INFO_NONE", "y"},
    };
    if (stamps) {
        // All names of one length, as in the kernels that are counted: code and data lie at the same places.
        std::string padded = name;
        padded.resize(kNamePlaceholder.size(), ' ');
        settings.push_back({"CONFIG_EXEC_PHASES", "y"});
        settings.push_back({"CONFIG_EXEC_STRATEGY", quoted(padded)});
    }
    std::vector<ConfigOption> options;
    for (const ConfigSetting& setting : settings) options.push_back({setting, "--deb"});
    return options;
}

std::vector<KernelPackage> build_packages(const KernelPlaces& places, const KernelBase& base,
                                          const std::vector<std::string>& names, const fs::path& config,
                                          const fs::path& out, int jobs) {
    const std::string text = read_configuration(config);
    std::vector<PackageRecipe> recipes;
    for (const std::string& name : names) recipes.push_back(read_package_recipe(places, base, name));
    require_package_tools(parse_config(text, config.string()));
    require_plain_path(places.build);
    make_directories(out);
    const fs::path work = places.build / ".work";
    const KernelSource source = find_source(places.source, base, work);
    const BuildLock lock(work / "lock");
    PatchedTree tree = prepare_source(source, work);
    require_disk_space(work, kPackageBytes, "the packages' objects");
    KernelMake make;
    make.source = tree.source();
    make.objects = object_directory(make.source, "deb");
    make.ccache = work / "ccache";
    make.steps = work / source.id / "steps-deb";
    make.jobs = jobs;
    std::vector<KernelPackage> packages;
    for (const PackageRecipe& recipe : recipes) {
        const std::string version = base_version(tree);
        tree.apply(recipe.patches, version);
        const bool stamps = has_strategy_symbol(tree, recipe.patches);
        const std::vector<ConfigOption> wanted = merge_configs(
            recipe.fragments, packaged_options(kernel_name(recipe.strategy, base.name), stamps));
        const fs::path log = out / (recipe.strategy + ".log");
        complete_config(make, text, wanted, log);
        const std::string release = kernel_release_of(make);
        build_deb(make, fmt::format("package {}", recipe.strategy), version, log);
        packages.push_back({recipe.strategy, release, take_package(make, release, out)});
        fs::remove(log);
    }
    return packages;
}

}  // namespace stackshift
