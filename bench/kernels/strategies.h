// SPDX-License-Identifier: MIT
// kernels/patches as a list of strategies.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kernels/kernel_base.h"
#include "results/declared.h"

namespace stackshift {

/// Where kernels come from and go to. All paths absolute.
struct KernelPlaces {
    std::filesystem::path patches;  ///< kernels/patches: `common/` and a folder per strategy
    std::filesystem::path configs;  ///< kernels/config: NAME.config
    std::filesystem::path build;    ///< build/kernels
    std::filesystem::path source;   ///< --kernel-source or KERNEL_SOURCE; empty: Debian's, of the base
    std::filesystem::path bases;    ///< kernels/bases: a file per base
    std::filesystem::path draws;    ///< kernels/draws: a folder per base (kernels/draws.h)
};

/// One folder of kernels/patches, whole: with what it takes from its base, on one line of kernels.
struct Strategy {
    std::string name;
    std::string about;  ///< one line; empty where it says nothing
    /// The strategies that it stands on, nearest first ("array" for array+nozero).
    std::vector<std::string> bases;
    bool common = true;      ///< false: it stands on unpatched source
    bool by_default = true;  ///< false: it runs only where it is named (--strategies)
    /// The folder, its own or one that it stands on, that has patches for other bases only; else empty.
    std::string unported;
    /// All of them in order: common ones, its base's, its own.
    std::vector<std::filesystem::path> patches;
    std::size_t own_patches = 0;  ///< how many of these, the last ones, lie in its own folder
    bool is_step = false;         ///< "late.3": the first 3 of late's own patches, and no more
    /// Configuration fragments (`config`) in the same order. The later one decides.
    std::vector<std::filesystem::path> config_fragments;
    /// Its base's, then its own.
    Declarations declared;
};

/// Whether a user may call a kernel so: the name becomes a path, a file's name, a column of tables, and is
/// written into the image.
bool is_strategy_name(const std::string& name);
/// What is_strategy_name() asks for, in words.
inline constexpr auto kStrategyNameRule =
    "a kernel's name is of a-z 0-9 + . _ -, begins with a letter or digit and has at most 48 characters";

/// The names of all strategies: pristine first, then relocate, then by name. Throws Error{usage} for a file
/// in kernels/patches that belongs to none, or a folder whose name cannot be a strategy's.
std::vector<std::string> strategy_names(const KernelPlaces& places);

/// One strategy on one base (a KernelBase's name), or a step of its series: "late.3" is the first 3 of its
/// own patches. Throws Error{usage} for an unknown name (with the nearest one) or step, and for anything in
/// its folder, or in those that it stands on, that is not understood or would not be used. What others'
/// folders hold does not matter.
Strategy read_strategy(const KernelPlaces& places, const std::string& name,
                       const std::string& base = kDefaultBase);

/// All of them, in the order of strategy_names().
std::vector<Strategy> list_strategies(const KernelPlaces& places, const std::string& base = kDefaultBase);

/// What a strategy stands on ("relocate", which has the common patches alone), then each step of its series:
/// "late.1" to "late.9". Throws Error{usage} as read_strategy() does, and where it has no patches of its own
/// for this base.
std::vector<std::string> series_names(const KernelPlaces& places, const std::string& name,
                                      const std::string& base = kDefaultBase);

/// The bases that a strategy can be built on, of those that there are.
std::vector<std::string> ported_bases(const KernelPlaces& places, const std::string& name,
                                      const std::vector<KernelBase>& bases);

}  // namespace stackshift
