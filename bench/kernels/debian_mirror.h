// SPDX-License-Identifier: MIT
// Packages of Debian releases that this machine does not list: fetched by apt-get with lists, cache and
// sources in directories of ours. Needs no root and leaves the machine's own package sources alone.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "kernels/kernel_base.h"

namespace stackshift {

/// A kernel's source tarball out of a package.
struct FetchedSource {
    std::string
        package;  ///< "linux-source-7.3"; another line's where the wanted one is not packaged any more
    std::string version;
    std::filesystem::path tarball;
};

/// What has been fetched for a base before, or nothing.
std::optional<FetchedSource> fetched_source(const KernelBase& base, const std::filesystem::path& work);

/// Fetches the source of a base into `work`: its package from the first of its suites that has it, else the
/// newest linux-source-* of them. Signatures are checked with the keyring that Debian installs. Shows
/// progress. Throws Error{environment} with what to do for each of: no apt-get, no mirror of Debian in the
/// machine's package sources, no keyring, a mirror that does not answer, a wrong signature, a full disk.
FetchedSource fetch_source(const KernelBase& base, const std::filesystem::path& work);

/// The mirror in the output of `apt-get indextargets --format '$(REPO_URI)|$(RELEASE)|$(ORIGIN)'`: Debian's
/// own before any whose address ends in /debian; none of security. Empty where there is none.
std::string mirror_of(const std::string& targets);

/// Such lines, without an origin, of the output of `apt-get update --print-uris`.
std::string targets_of_update(const std::string& uris);

/// Why apt-get failed, from its output.
enum class FetchFailure { no_such_suite, unreachable, bad_signature, disk_full, other };
FetchFailure fetch_failure(const std::string& log);

/// The newest linux-source-N.M in the output of `apt-cache search`; empty where there is none.
std::string newest_source_package(const std::string& found);

}  // namespace stackshift
