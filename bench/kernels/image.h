// SPDX-License-Identifier: MIT
// What a bzImage says of itself, and prebuilt images as contenders.
#pragma once

#include <filesystem>
#include <string>

#include "results/declared.h"
#include "results/result.h"

namespace stackshift {

/// A kernel that can be booted.
struct BuiltKernel {
    KernelInfo info;
    Declarations declared;             ///< its strategy's; a prebuilt image, whatever its name, has none
    std::filesystem::path image;       ///< bzImage
    std::filesystem::path system_map;  ///< empty for a prebuilt image
    bool pinned_source = false;        ///< built from the pinned Debian source: committed references apply
    bool checks_strategy = false;      ///< its /proc/self/exec_phases must name the strategy
    double seconds = 0;                ///< what the build took; 0: nothing had changed
};

/// A prebuilt image as a contender (--kernel NAME=IMAGE). Throws Error{usage} where it is no bzImage.
BuiltKernel prebuilt_kernel(const std::string& name, const std::filesystem::path& image);

/// "6.12.117 (user@host) #1 ..." out of a bzImage's setup header (Documentation/arch/x86/boot.rst,
/// kernel_version). Throws Error{usage} where the file is no bzImage.
std::string image_version(const std::filesystem::path& image);

/// The strategy that its /proc/self/exec_phases must name, "-" for a kernel without it, empty where anything
/// goes.
std::string expected_strategy(const BuiltKernel& kernel);

}  // namespace stackshift
