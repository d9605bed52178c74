// SPDX-License-Identifier: MIT
// Where the kernel's source comes from, and its unpacked copy.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kernels/kernel_base.h"
#include "kernels/mirror.h"
#include "kernels/tree.h"

namespace stackshift {

/// Where Debian's packages linux-source-* put their tarballs.
inline constexpr auto kSourceFolder = "/usr/src";

/// Whether a source that is not on this machine is to be fetched.
enum class Fetch { yes, no };

/// A source that has been found, but not unpacked.
struct KernelSource {
    std::string id;                    ///< names its folder below build/kernels/.work
    std::string content;               ///< changes when the source does; part of every kernel's key
    std::filesystem::path tarball;     ///< Debian's, or empty
    std::filesystem::path directory;   ///< the user's, or empty
    std::vector<MirrorEntry> entries;  ///< of the user's directory
    bool pinned = false;               ///< Debian's package in the base's version
    std::string note;                  ///< what the user should know about it, or empty
};

/// The user's directory, or where that is empty Debian's package of the base: the tarball that is installed
/// in `folder`, else the one that was fetched into `work`, else (with Fetch::yes, for a base that has suites)
/// one that is fetched now. Throws Error{usage} where the directory is no kernel source or has been built in,
/// Error{environment} where there is no tarball, with what installs it, and as fetch_source() does.
KernelSource find_source(const std::filesystem::path& directory, const KernelBase& base,
                         const std::filesystem::path& work, Fetch fetch = Fetch::yes,
                         const std::filesystem::path& folder = kSourceFolder);

/// The base that the kernel in a user's directory is nearest to. Throws as find_source() does.
KernelBase base_of_directory(const std::filesystem::path& directory, const std::vector<KernelBase>& bases);

/// The source's folder and, in it, a whole src/ in which strategies can be applied: unpacked where it is not
/// there yet, brought up to date with the user's directory. Shows progress. An interrupted unpack is begun
/// again. Throws Error{environment} without disk space, Error{run_failed} where the tarball is damaged.
PatchedTree prepare_source(const KernelSource& source, const std::filesystem::path& work);

/// "6.12.117" from the text of a kernel's top Makefile; empty where it is none.
std::string makefile_version(const std::string& makefile);

/// The version of an unpacked source, whatever strategy it has the shape of.
std::string base_version(const PatchedTree& tree);

}  // namespace stackshift
