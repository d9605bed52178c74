// SPDX-License-Identifier: MIT
// Runs the kernel's own make: configure and build, with progress, and with errors that can be read.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/config.h"

namespace stackshift {

/// One object directory and how to fill it.
struct KernelMake {
    std::filesystem::path source;   ///< the tree
    std::filesystem::path objects;  ///< a folder directly in `source`, see object_directory()
    std::filesystem::path ccache;   ///< where ccache keeps its cache unless the user has set CCACHE_DIR
    std::filesystem::path steps;    ///< file that remembers how many steps a whole build takes
    int jobs = 1;
};

/// Where a configuration's objects are: inside the source. Kbuild then writes every path as "../fs/exec.c",
/// so no object, no __FILE__ and no ccache key depends on where the checkout is.
std::filesystem::path object_directory(const std::filesystem::path& source, const std::string& config);

/// What the compiler and linker call themselves, both part of a kernel's key. Throws Error{environment} where
/// one is missing.
struct Toolchain {
    std::string compiler;
    std::string linker;
};
Toolchain toolchain();

/// Throws Error{environment}, naming every program and header that a build of these options lacks and the
/// command that installs them.
void require_build_tools(const std::vector<ConfigOption>& options);

/// A .config, and what it has in place of options with alternatives.
struct Configured {
    std::string text;
    std::vector<ConfigIntent> intents;
};

/// Makes the object directory's .config (which keeps its time where it does not change) of `options` over
/// allnoconfig. Throws Error{run_failed} naming the options that Kconfig dropped and that have no
/// alternative.
Configured configure(const KernelMake& make, const std::vector<ConfigOption>& options,
                     const std::filesystem::path& log);

/// Builds bzImage. `title` heads the progress line. Throws Error{run_failed} with the compiler's lines and
/// the log's path, Error{environment} where the disk is full.
void build_image(const KernelMake& make, const std::string& title, const std::filesystem::path& log);

/// As require_build_tools(), with what bindeb-pkg needs besides.
void require_package_tools(const std::vector<ConfigOption>& options);

/// Makes the object directory's .config of a whole configuration's text and, over it, `wanted`; what neither
/// names is as Kconfig has it by default. Throws Error{run_failed} naming those of `wanted` that Kconfig
/// dropped.
void complete_config(const KernelMake& make, const std::string& text, const std::vector<ConfigOption>& wanted,
                     const std::filesystem::path& log);

/// What `uname -r` of the configured kernel will be.
std::string kernel_release_of(const KernelMake& make);

/// Makes the Debian packages of the image (not those of headers and debugging information) with bindeb-pkg,
/// in version "VERSION-1". Throws as build_image() does.
void build_deb(const KernelMake& make, const std::string& title, const std::string& version,
               const std::filesystem::path& log);

/// What bindeb-pkg has left where it puts its packages: beside the object directory.
std::vector<std::filesystem::path> package_files(const KernelMake& make);

/// "GCC 12.2.0 is too old for this kernel, which needs 13.1.0 or newer": what a log of the kernel's
/// configuration says of the compiler, linker or assembler; empty where it says no such thing.
std::string too_old_tool(std::string_view log);

/// The lines of a failed build's log that tell why, at most eight.
std::vector<std::string> build_errors(std::string_view log);

/// Deletes targets that a killed build may have left half written, and returns how many steps are done.
/// Kbuild writes a target's .cmd file after the target: one whose .cmd is older was being made.
size_t remove_half_made(const std::filesystem::path& objects);

}  // namespace stackshift
