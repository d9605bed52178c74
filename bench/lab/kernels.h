// SPDX-License-Identifier: MIT
// Builds the contenders: source + configuration + patches -> build/kernels/NAME/{bzImage,System.map,config}.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/result.h"

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

/// A kernel that can be booted.
struct BuiltKernel {
    KernelInfo info;
    std::filesystem::path image;       ///< bzImage
    std::filesystem::path system_map;  ///< empty for a prebuilt image
    bool pinned_source = false;        ///< built from the pinned Debian source: committed references apply
    bool checks_strategy = false;      ///< its /proc/self/exec_phases must name the strategy
    double seconds = 0;                ///< what the build took; 0: nothing had changed
};

/// Brings build/kernels/NAME up to date for each name, in order, and returns them. Nothing is rebuilt that
/// has not changed. Throws Error{usage} for an unknown name (with the nearest one), Error{environment} for
/// missing source, tools or disk space, Error{run_failed} for a patch that does not apply (file and hunk) or
/// a build that fails (the compiler's lines and the log's path).
std::vector<BuiltKernel> build_kernels(const KernelPlaces& places, const std::vector<std::string>& names,
                                       const std::string& config, int jobs);

/// A prebuilt image as a contender (--kernel NAME=IMAGE). Throws Error{usage} where it is no bzImage.
BuiltKernel prebuilt_kernel(const std::string& name, const std::filesystem::path& image);

/// "6.12.117 (user@host) #1 ..." out of a bzImage's setup header (Documentation/arch/x86/boot.rst,
/// kernel_version). Throws Error{usage} where the file is no bzImage.
std::string image_version(const std::filesystem::path& image);

}  // namespace stackshift
