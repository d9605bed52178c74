// SPDX-License-Identifier: MIT
// kernels/patches as a list of strategies.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace stackshift {

/// Where kernels come from and go to. All paths absolute.
struct KernelPlaces {
    std::filesystem::path patches;  ///< kernels/patches: `common/` and a folder a strategy
    std::filesystem::path configs;  ///< kernels/config: NAME.config
    std::filesystem::path build;    ///< build/kernels
    std::filesystem::path
        source;  ///< --kernel-source or KERNEL_SOURCE; empty: Debian's linux-source-6.12 tarball
};

/// One folder of kernels/patches.
struct Strategy {
    std::string name;
    std::string about;   ///< first line of its `about` file; empty where there is none
    bool common = true;  ///< false: a file `no-common` says it stands on unpatched source
    bool by_default =
        true;  ///< false: a file `on-request` says it runs only where it is named (--strategies)
    /// All of them in order: common ones, those of the strategy that its file `base` names, its own.
    std::vector<std::filesystem::path> patches;
    /// Configuration fragments (`config`) in the same order. The later one decides.
    std::vector<std::filesystem::path> config_fragments;
};

/// The strategies that kernels/patches holds, pristine first, then relocate, then by name.
std::vector<Strategy> list_strategies(const KernelPlaces& places);

}  // namespace stackshift
