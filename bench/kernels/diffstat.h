// SPDX-License-Identifier: MIT
// How large patches are. Text in, numbers out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/patch.h"

namespace stackshift {

/// A file that patches change, and the lines that they add and remove in it, patch by patch: a line that one
/// adds and the next removes counts as both, as in a series' cover letter.
struct FileChange {
    std::string file;
    std::size_t insertions = 0;
    std::size_t deletions = 0;
};

/// What the patches change, in the order of the files' names. Throws as touched_files() does for one that is
/// no patch.
std::vector<FileChange> diffstat(const std::vector<PatchFile>& series);

/// Reads `git diff --numstat`; lines that are none, numbers of more than 18 digits among them, and those of
/// binary files ("-"), are passed over.
std::vector<FileChange> read_numstat(std::string_view output);

/// " fs/exec.c | 47 +-" and so on is for people with wide terminals; this is "3 files, 120 insertions, 14
/// deletions".
std::string change_text(const std::vector<FileChange>& changes);

/// "fs/exec.c +29 -18", a line a file.
std::vector<std::string> change_lines(const std::vector<FileChange>& changes);

}  // namespace stackshift
