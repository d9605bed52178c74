// SPDX-License-Identifier: MIT
// Everything that makes one kernel, read before anything is built: what is hashed is what is used.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/config.h"
#include "kernels/image.h"
#include "kernels/make.h"
#include "kernels/patch.h"
#include "kernels/tree.h"
#include "results/declared.h"

namespace stackshift {

struct Recipe {
    std::string name;
    std::string subject;  ///< of a step of a series: what its last patch does; else empty
    std::string config;
    Declarations declared;
    std::vector<PatchFile> patches;
    std::vector<ConfigOption> options;
    std::filesystem::path result;  ///< where the finished kernel goes
    std::string key;               ///< recipe_key()
};

/// What changes when any input does: `source` says which source it is, `configs` are the texts of the
/// fragments that the options were read from.
std::string recipe_key(const Recipe& recipe, const std::vector<std::string>& source,
                       const std::vector<std::string>& configs, const Toolchain& tools);

/// True where the patched tree has the symbol that carries the strategy's name (common/ adds it).
bool has_strategy_symbol(const PatchedTree& tree, const std::vector<PatchFile>& patches);

/// Gives the tree the recipe's shape, builds it and publishes it. Throws Error{run_failed} for a patch that
/// does not apply (file and hunk) or a build that fails (the compiler's lines and the log's path).
BuiltKernel build_recipe(const Recipe& recipe, bool pinned_source, PatchedTree& tree, const KernelMake& make);

/// Kbuild refuses some paths, with a message that names none. Throws Error{environment} that does.
void require_plain_path(const std::filesystem::path& path);

}  // namespace stackshift
