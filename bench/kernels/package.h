// SPDX-License-Identifier: MIT
// Debian packages of strategies' kernels, in a machine's own configuration: for who wants to time them there.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/config.h"
#include "kernels/kernel_base.h"
#include "kernels/strategies.h"

namespace stackshift {

/// What the releases of packaged kernels end with, before the strategy's name: "6.12.117-stackshift-direct".
/// By it a kernel is known that has no /proc/self/exec_phases, as pristine.
inline constexpr std::string_view kPackagedRelease = "-stackshift-";

struct KernelPackage {
    std::string strategy;
    std::string release;         ///< uname -r of a machine that runs it
    std::filesystem::path file;  ///< linux-image-RELEASE_VERSION_amd64.deb
};

/// The file with a configuration that is to be used: `named`, or that of the kernel that runs here (release:
/// uname -r) in `boot`. Throws Error{environment} where that one cannot be read, with what to do.
std::filesystem::path machine_config(const std::filesystem::path& named, const std::string& release,
                                     const std::filesystem::path& boot = "/boot");

/// What a packaged kernel has whatever the machine's configuration says: its name, no debugging information
/// (it would be some gigabytes, and is not run), and no certificates of a distribution's, which its source
/// lacks. `name` is a kernel's; `stamps`: whether its source has the common patches. Pure.
std::vector<ConfigOption> packaged_options(const std::string& name, bool stamps);

/// Builds linux-image packages of these strategies on one base, with the configuration in `config`, and puts
/// them into `out`. Throws Error{usage} for a file that is no configuration and as build_kernels() does,
/// Error{environment} naming all tools that are missing.
std::vector<KernelPackage> build_packages(const KernelPlaces& places, const KernelBase& base,
                                          const std::vector<std::string>& names,
                                          const std::filesystem::path& config,
                                          const std::filesystem::path& out, int jobs);

}  // namespace stackshift
