// SPDX-License-Identifier: MIT
// A git tree as a source: revisions, ranges, the work tree, and checkouts that change only what differs.
#include "kernels/git_tree.h"

#include <gtest/gtest.h>

#include "support/temporary_directory.h"
#include "util/error.h"
#include "util/files.h"
#include "util/process.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

std::string error_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& error) {
        return std::to_string(static_cast<int>(error.code)) + ' ' + error.what();
    }
    return "no error";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// What GitTree takes for a Linux, and nothing else.
class GitTreeTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (find_program("git").empty()) GTEST_SKIP() << "skipped: git is not installed";
        make_directories(repository / "arch/x86");
        git({"init", "-q", "-b", "main"});
        put("Makefile", "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\nNAME = x\n");
        put("arch/x86/Makefile", "\n");
        put("fs/exec.c", "one\n");
        commit("first");
        put("fs/exec.c", "two\n");
        put("fs/gone.c", "gone\n");
        commit("second: \"quoted\"");
        fs::remove(repository / "fs/gone.c");
        put("fs/exec.c", "three\n");
        commit("third");
    }

    void put(const std::string& name, const std::string& text) {
        make_directories((repository / name).parent_path());
        write_file_atomically(repository / name, text);
    }
    std::string git(std::vector<std::string> words) const {
        std::vector<std::string> command = {"git",
                                            "-C",
                                            repository.string(),
                                            "-c",
                                            "user.name=t",
                                            "-c",
                                            "user.email=t@example.org",
                                            "-c",
                                            "commit.gpgsign=false"};
        command.insert(command.end(), words.begin(), words.end());
        return capture(command);
    }
    void commit(const std::string& subject) {
        git({"add", "--all"});
        git({"commit", "-q", "-m", subject});
    }
    GitTree tree() const { return GitTree(repository, directory.path / "work"); }
    std::string checked_out(const std::string& name) const { return read_file_or(source / name, "none"); }

    TemporaryDirectory directory;
    fs::path repository = directory.path / "linux";
    fs::path source = directory.path / "copy/src";
    fs::path index = directory.path / "copy/git.index";
};

TEST_F(GitTreeTest, ResolvesACommit) {
    const Revision second = tree().resolve("HEAD~1");
    EXPECT_EQ(second.commit + "\n", git({"rev-parse", "HEAD~1"}));
    EXPECT_EQ(second.tree + "\n", git({"rev-parse", "HEAD~1^{tree}"}));
    EXPECT_EQ(second.name, second.commit.substr(0, 12));
    EXPECT_EQ(second.subject, "second: \"quoted\"");
    EXPECT_EQ(second.version, "6.12.117");
}

TEST_F(GitTreeTest, WhatCannotBeBuiltIsNamed) {
    EXPECT_TRUE(contains(error_of([&] { tree().resolve("v6.99"); }), "2 no revision 'v6.99' in "));
    EXPECT_TRUE(contains(error_of([&] { tree().resolve("--all"); }), "2 no revision '--all' in "));
    EXPECT_TRUE(
        contains(error_of([&] { GitTree(directory.path / "none", directory.path); }), "is no directory"));
    EXPECT_TRUE(contains(error_of([&] { GitTree(directory.path, directory.path); }), "2 --tree "));
    put("Makefile", "VERSION = 5\nPATCHLEVEL = 15\nSUBLEVEL = 3\nEXTRAVERSION =\n");
    commit("old");
    EXPECT_TRUE(contains(error_of([&] { tree().resolve("HEAD"); }), "is Linux 5.15.3: 6.1 is the oldest"));
    put("Makefile", "all:\n");
    commit("no Linux");
    EXPECT_TRUE(contains(error_of([&] { tree().resolve("HEAD"); }), "is no Linux source"));
}

TEST_F(GitTreeTest, AShallowTreeSaysThatItIs) {
    const fs::path shallow = directory.path / "shallow";
    capture({"git", "clone", "-q", "--depth", "1", "file://" + repository.string(), shallow.string()});
    const GitTree tree(shallow, directory.path / "work");
    EXPECT_EQ(tree.resolve("HEAD").subject, "third");
    EXPECT_TRUE(contains(error_of([&] { tree.resolve("HEAD~1"); }), "which is a shallow clone"));
}

TEST_F(GitTreeTest, ARangeIsItsStartAndEveryCommitBehindIt) {
    const auto all = tree().resolve_all({"HEAD~2..HEAD", "HEAD"});
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].subject, "first");
    EXPECT_EQ(all[2].subject, "third");
    EXPECT_EQ(tree().resolve_all({"HEAD~1..."}).size(), 2U) << "without an end: HEAD";
    EXPECT_TRUE(
        contains(error_of([&] { tree().resolve_all({"HEAD..HEAD~1"}); }), "on the line of first parents"));
    EXPECT_TRUE(
        contains(error_of([&] { tree().resolve_all({"HEAD..HEAD"}); }), "on the line of first parents"));
}

TEST_F(GitTreeTest, ACheckoutChangesWhatDiffers) {
    tree().checkout(tree().resolve("HEAD~2").tree, source, index);
    EXPECT_EQ(checked_out("fs/exec.c"), "one\n");
    const auto made = fs::last_write_time(source / "Makefile");
    make_directories(source / "obj-bench");
    tree().checkout(tree().resolve("HEAD~1").tree, source, index);
    EXPECT_EQ(checked_out("fs/exec.c"), "two\n");
    EXPECT_EQ(checked_out("fs/gone.c"), "gone\n");
    tree().checkout(tree().resolve("HEAD").tree, source, index);
    EXPECT_EQ(checked_out("fs/gone.c"), "none");
    EXPECT_EQ(fs::last_write_time(source / "Makefile"), made);
    EXPECT_TRUE(fs::exists(source / "obj-bench")) << "objects stay";
    EXPECT_EQ(git({"status", "--porcelain"}), "") << "the user's tree is as it was";
}

TEST_F(GitTreeTest, AnInterruptedCheckoutIsBegunAnew) {
    tree().checkout(tree().resolve("HEAD").tree, source, index);
    write_file_atomically(source / "fs/exec.c", "half\n");
    fs::remove(index.string() + ".tree");
    write_file_atomically(index.string() + ".lock", "");
    tree().checkout(tree().resolve("HEAD").tree, source, index);
    EXPECT_EQ(checked_out("fs/exec.c"), "three\n");
}

TEST_F(GitTreeTest, TheWorkTreeAsItStands) {
    const Revision clean = tree().resolve(kWorktree);
    EXPECT_EQ(clean.tree, tree().resolve("HEAD").tree);
    put("fs/exec.c", "not committed\n");
    put("fs/new.c", "not even added\n");
    const Revision dirty = tree().resolve(kWorktree);
    EXPECT_NE(dirty.tree, clean.tree);
    EXPECT_EQ(dirty.name, "worktree-" + dirty.tree.substr(0, 12));
    tree().checkout(dirty.tree, source, index);
    EXPECT_EQ(checked_out("fs/exec.c"), "not committed\n");
    EXPECT_EQ(checked_out("fs/new.c"), "not even added\n");
    // Neither the index nor the objects of the user's tree know of it.
    EXPECT_EQ(git({"status", "--porcelain"}), " M fs/exec.c\n?? fs/new.c\n");
    EXPECT_THROW(git({"cat-file", "-e", dirty.tree}), Error);
}

TEST_F(GitTreeTest, ABareRepositoryHasNoWorkTree) {
    const fs::path bare = directory.path / "bare.git";
    capture({"git", "clone", "-q", "--bare", repository.string(), bare.string()});
    const GitTree tree(bare, directory.path / "work");
    EXPECT_EQ(tree.resolve("main~1").subject, "second: \"quoted\"");
    EXPECT_TRUE(contains(error_of([&] { tree.resolve(kWorktree); }), "is a bare repository"));
}

}  // namespace
}  // namespace stackshift
