// SPDX-License-Identifier: MIT
// A user's kernel source directory, copied so that it can be patched and built without being touched.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "kernels/tree.h"

namespace stackshift {

/// One file or symbolic link as a scan saw it.
struct MirrorEntry {
    std::string name;  ///< relative to the directory
    char kind = 'f';   ///< 'f' file, 'x' executable file, 'l' symbolic link
    std::uintmax_t size = 0;
    std::int64_t modified_ns = 0;
    bool operator==(const MirrorEntry&) const = default;
};

/// Everything in the directory but .git and build directories of make O=, sorted by name. Throws Error{usage}
/// naming what cannot be read.
std::vector<MirrorEntry> scan_source(const std::filesystem::path& directory);

/// sha256 over names, kinds, sizes and times.
std::string fingerprint(const std::vector<MirrorEntry>& entries);

/// Brings the originals in `tree` to the state of `directory`, whose scan is `entries`; `tick(done, total)`
/// is called as files are looked at. `index` remembers what has been copied. Interrupted at any moment, the
/// next call goes on.
///
/// Copied files get the time of copying, not that of the original: a file that is replaced by an older one
/// (tar, cp -p) would look older than its object, and make would keep that.
void mirror_source(const std::filesystem::path& directory, const std::vector<MirrorEntry>& entries,
                   const PatchedTree& tree, const std::filesystem::path& index,
                   const std::function<void(size_t, size_t)>& tick);

}  // namespace stackshift
