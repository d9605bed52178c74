// SPDX-License-Identifier: MIT
// Where the kernel's source comes from, and its unpacked copy.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kernels/mirror.h"
#include "kernels/tree.h"

namespace stackshift {

/// What linux-source-6.12 was when the reference results were made. Debian's revision counts: it has patches
/// of its own.
inline constexpr auto kPinnedVersion = "6.12.117-1~deb12u1";
inline constexpr auto kSourcePackage = "linux-source-6.12";
inline constexpr auto kSourceTarball = "/usr/src/linux-source-6.12.tar.xz";

/// A source that has been found, but not unpacked.
struct KernelSource {
    std::string id;                    ///< names its folder below build/kernels/.work
    std::string content;               ///< changes when the source does; part of every kernel's key
    std::filesystem::path tarball;     ///< Debian's, or empty
    std::filesystem::path directory;   ///< the user's, or empty
    std::vector<MirrorEntry> entries;  ///< of the user's directory
    bool pinned = false;               ///< Debian's package in kPinnedVersion
    std::string note;                  ///< what the user should know about it, or empty
};

/// The user's directory, or where that is empty Debian's tarball. Throws Error{usage} where the directory is
/// no kernel source or has been built in, Error{environment} where there is no tarball, with what installs
/// it.
KernelSource find_source(const std::filesystem::path& directory,
                         const std::filesystem::path& tarball = kSourceTarball);

/// The source's folder and, in it, a whole src/ in which strategies can be applied: unpacked where it is not
/// there yet, brought up to date with the user's directory. Shows progress. An interrupted unpack is begun
/// again. Throws Error{environment} without disk space, Error{run_failed} where the tarball is damaged.
PatchedTree prepare_source(const KernelSource& source, const std::filesystem::path& work);

/// "6.12.117" from the text of a kernel's top Makefile; empty where it is none.
std::string makefile_version(const std::string& makefile);

/// The version of an unpacked source, whatever strategy it has the shape of.
std::string base_version(const PatchedTree& tree);

}  // namespace stackshift
