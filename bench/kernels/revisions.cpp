// SPDX-License-Identifier: MIT
#include "kernels/revisions.h"

#include <fmt/format.h>

#include <optional>

#include "kernels/build.h"
#include "kernels/lock.h"
#include "kernels/recipe.h"
#include "kernels/record.h"
#include "kernels/series.h"
#include "kernels/source.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

// 1.7 GiB of source, 0.2 GiB of objects for each configuration, and what ccache keeps.
constexpr std::uintmax_t kTreeBytes = std::uintmax_t{4} << 30;

/// What all revisions have in common.
struct Workshop {
    NamedConfig config;
    std::string config_name;
    std::vector<PatchFile> patches;
    std::vector<ConfigOption> options;
    std::string fragment;
    Toolchain tools;
};

/// `version`: of the first revision; all get the same patches.
Workshop open_workshop(const KernelPlaces& places, const std::string& config, bool phases,
                       const std::string& version) {
    Workshop workshop;
    workshop.config = read_named_config(places.configs, config);
    workshop.config_name = config;
    workshop.options = workshop.config.options;
    if (phases) {
        // Which is these patches and nothing else.
        const std::vector<KernelBase> bases = list_bases(places.bases);
        const Strategy common = read_strategy(places, "relocate", nearest_base(bases, version).name);
        workshop.patches = read_series(common);
        for (const fs::path& path : common.config_fragments) {
            const std::string text = read_file(path);
            workshop.options = merge_configs(workshop.options, parse_config(text, path.string()));
            workshop.fragment += text;
        }
    }
    require_build_tools(workshop.options);
    workshop.tools = toolchain();
    return workshop;
}

Recipe recipe_of(const Workshop& workshop, const Revision& revision, const fs::path& results) {
    Recipe recipe;
    recipe.name = revision.name;
    recipe.config = workshop.config_name;
    recipe.patches = workshop.patches;
    recipe.options = workshop.options;
    recipe.result = result_directory(results, revision.name, workshop.config_name);
    if (!workshop.patches.empty()) recipe.result += "+phases";
    // Not of which repository: equal trees are equal kernels.
    recipe.key = recipe_key(recipe, {"git tree", revision.tree}, {workshop.config.text, workshop.fragment},
                            workshop.tools);
    return recipe;
}

/// Gives src/ the files of the revision, unpatched.
PatchedTree tree_of(const GitTree& tree, const Revision& revision, const fs::path& root) {
    const fs::path index = root / "git.index";
    {
        PatchedTree old(root);
        if (fs::exists(old.source())) old.apply({}, revision.version);
    }
    // The originals are those of the revision that was there.
    fs::remove(root / "patched");
    fs::remove_all(root / "pristine");
    tree.checkout(revision.tree, root / "src", index);
    return PatchedTree(root);
}

BuiltKernel build(const GitTree& tree, const Revision& revision, const Recipe& recipe, const fs::path& work,
                  int jobs) {
    const fs::path root = work / tree.id();
    make_directories(root);
    if (!fs::exists(root / "src/Makefile"))
        require_disk_space(root, kTreeBytes, "the tree's source and its objects");
    PatchedTree patched = tree_of(tree, revision, root);
    KernelMake make;
    make.source = patched.source();
    make.objects = object_directory(make.source, recipe.config);
    make.ccache = work / "ccache";
    make.steps = root / ("steps-" + recipe.config);
    make.jobs = jobs;
    try {
        return build_recipe(recipe, false, patched, make);
    } catch (const Error& error) {
        if (error.code != Exit::run_failed) throw;
        throw Error(Exit::run_failed,
                    fmt::format("revision {} ({}): {}", revision.name, revision.subject, error.what()));
    }
}

}  // namespace

fs::path tree_work(const KernelPlaces& places) {
    return places.build / ".work/trees";
}

std::vector<BuiltKernel> build_revisions(const KernelPlaces& places, const GitTree& tree,
                                         const std::vector<Revision>& revisions, const std::string& config,
                                         bool phases, int jobs) {
    require_plain_path(places.build);
    const Workshop workshop = open_workshop(places, config, phases, revisions.front().version);
    const fs::path work = places.build / ".work";
    std::optional<BuildLock> lock;
    std::vector<BuiltKernel> kernels;
    for (const Revision& revision : revisions) {
        const Recipe recipe = recipe_of(workshop, revision, places.build / tree.id());
        std::optional<BuiltKernel> kernel = load_kernel(recipe.result, recipe.key);
        if (!kernel && !lock) {
            lock.emplace(work / "lock");
            // Another stackshift may have built it while we waited.
            kernel = load_kernel(recipe.result, recipe.key);
        }
        if (!kernel) kernel = build(tree, revision, recipe, work, jobs);
        kernel->info.commit = revision.commit;
        kernel->info.subject = revision.subject;
        kernels.push_back(std::move(*kernel));
    }
    return kernels;
}

}  // namespace stackshift
