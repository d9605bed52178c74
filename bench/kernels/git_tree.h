// SPDX-License-Identifier: MIT
// A user's Linux git tree as a source of kernels: any commit of it, or its work tree as it stands. Nothing in
// it is changed: not its work tree, not its index, not its objects.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace stackshift {

/// How a user asks for the work tree as it stands, with what is not committed.
inline constexpr auto kWorktree = "WORKTREE";

/// What is built: a commit, or the work tree.
struct Revision {
    std::string name;     ///< in tables and files: 12 digits of the commit, "worktree-" and 12 of the tree
    std::string commit;   ///< whole hash; of the work tree that of HEAD
    std::string tree;     ///< whole hash of the tree object: equal trees are equal kernels
    std::string subject;  ///< the message's first line
    std::string version;  ///< "6.12.117", of its Makefile
};

class GitTree {
  public:
    /// `work` is where copies of what is not committed go. Throws Error{usage} where the directory is no git
    /// tree, Error{environment} without git.
    GitTree(const std::filesystem::path& directory, const std::filesystem::path& work);

    /// Names what is kept of it: a folder's name, of the repository and not of the work tree.
    std::string id() const;
    /// The directory as the user gave it.
    const std::filesystem::path& directory() const { return directory_; }

    /// One revision. Throws Error{usage} for one that is unknown (in a shallow tree it says that), that is no
    /// Linux, or older than 6.1.
    Revision resolve(const std::string& revision) const;
    /// Of a list: "A", "B" and "A..B", which stands for A and every commit behind it up to B, oldest first.
    /// Each revision once. Throws as resolve() does, and for a range that is empty.
    std::vector<Revision> resolve_all(const std::vector<std::string>& revisions) const;
    /// The first-parent line behind `good` up to and with `bad`, oldest first. Throws Error{usage} where
    /// `good` is not on it.
    std::vector<std::string> line(const Revision& good, const Revision& bad) const;

    /// Gives `source` the files of a tree, changing only those that differ; `index` remembers what it has.
    /// Interrupted, the next call begins anew. Throws Error{environment} where the disk is full.
    void checkout(const std::string& tree, const std::filesystem::path& source,
                  const std::filesystem::path& index) const;

  private:
    std::vector<std::string> git(const std::vector<std::string>& words) const;
    std::string ask(const std::vector<std::string>& words) const;
    Revision worktree() const;

    std::filesystem::path directory_;
    std::filesystem::path work_;
    std::string git_directory_;
    std::string top_;  ///< of the work tree; empty in a bare repository
};

}  // namespace stackshift
