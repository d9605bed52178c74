// SPDX-License-Identifier: MIT
// What a patch file touches, and what GNU patch says when it does not apply. Text in, text out: nothing is
// run here.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace stackshift {

/// One patch of a strategy, read into memory so that what is hashed is what is applied.
struct PatchFile {
    std::filesystem::path path;
    std::string
        label;  ///< as in the repository, "kernels/patches/direct/0001-x.patch"; for messages and results
    std::string text;
};

/// The files a patch changes, makes, deletes, renames or copies (paths of both sides), without the a/ b/
/// prefix, sorted, each once. Throws Error{usage} naming the patch where it holds no change (a cover letter),
/// or is a mail whose text is still encoded, and Error{run_failed} for a path that would lead out of the
/// tree.
std::vector<std::string> touched_files(const PatchFile& patch);

/// What the patch says that it does: the subject of its mail, unfolded and without "[PATCH 3/9]", or its
/// file's name where it has none.
std::string patch_subject(const PatchFile& patch);

/// Why GNU patch failed, from its output in the C locale: "hunk 3 of fs/exec.c at line 812 failed",
/// "fs/none.c is not in 6.12.117". The first failure, with the number of others.
std::string patch_failure(std::string_view output, std::string_view base);

}  // namespace stackshift
