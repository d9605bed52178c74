// SPDX-License-Identifier: MIT
// One source tree that takes the shape of one strategy after another, changing only files whose content
// differs, so that make rebuilds only what depends on those.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/patch.h"

namespace stackshift {

/// Below `root`: src/ (the tree), pristine/ (originals of files that some strategy has touched), `patched`
/// (the list of those files, written before any of them is changed), scratch/.
///
/// The list only grows, and every apply() compares each file on it with what it should be; so it does not
/// matter where the last one was interrupted.
class PatchedTree {
  public:
    explicit PatchedTree(std::filesystem::path root);

    std::filesystem::path source() const { return root_ / "src"; }

    /// Brings src/ into the state "pristine plus these patches, in order". Returns the files it wrote or
    /// deleted. `base` is the kernel's version, for messages. Throws Error{run_failed} for a patch that does
    /// not apply, with its file and hunk; src/ is then as it was.
    std::vector<std::string> apply(const std::vector<PatchFile>& patches, const std::string& base);

    /// Whether they apply: throws as apply() does, and changes nothing.
    void try_apply(const std::vector<PatchFile>& patches, const std::string& base) const;

    /// The place of a file's original: in pristine/ once a strategy has touched it, in src/ before. (It need
    /// not exist.) The mirror of a user's directory writes here.
    std::filesystem::path original(const std::string& name) const;

    /// True where some strategy has touched the file.
    bool is_listed(const std::string& name) const;

    /// Puts `text` at `place` in one step (written in scratch/, then renamed), with that permission to
    /// execute. Throws Error{environment} for a full disk and the like.
    void install(const std::filesystem::path& place, std::string_view text, bool executable) const;

  private:
    std::filesystem::path scratch() const { return root_ / "scratch"; }
    void read_list();
    void write_list() const;
    void fill_scratch(const std::vector<std::string>& touched) const;
    std::vector<std::string> patch_scratch(const std::vector<PatchFile>& patches,
                                           const std::string& base) const;
    void run_patch(const PatchFile& patch, const std::string& base) const;
    void keep_originals(const std::vector<std::string>& touched);
    bool sync(const std::string& name, const std::filesystem::path& wanted) const;

    std::filesystem::path root_;
    std::vector<std::string> listed_;  ///< sorted
};

}  // namespace stackshift
