// SPDX-License-Identifier: MIT
#include "kernels/git_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "kernels/source.h"
#include "kernels/text.h"
#include "util/error.h"
#include "util/files.h"
#include "util/process.h"
#include "util/progress.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

constexpr size_t kShownDigits = 12;
// The oldest line that the configuration and the guest are tried with.
constexpr int kOldestMajor = 6;
constexpr int kOldestMinor = 1;

/// git, without what the user's environment says of another repository, and with what would make other files
/// of the same tree switched off. safe.directory: a tree may be somebody else's; nothing of it is run here.
std::vector<std::string> git_command() {
    std::vector<std::string> words = {"env"};
    for (const char* name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
                             "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE"})
        words.insert(words.end(), {"-u", name});
    words.insert(words.end(), {"LC_ALL=C", "git", "-c", "safe.directory=*", "-c", "core.autocrlf=false", "-c",
                               "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"});
    return words;
}

/// The same with variables of ours, which git_command() would take away.
std::vector<std::string> with_variables(std::vector<std::string> command,
                                        const std::vector<std::string>& variables) {
    command.insert(std::find(command.begin(), command.end(), "git"), variables.begin(), variables.end());
    return command;
}

/// "6.12.117" is 6.12 or later.
bool is_new_enough(const std::string& version) {
    char* rest = nullptr;
    const long major = std::strtol(version.c_str(), &rest, 10);
    const long minor = *rest == '.' ? std::strtol(rest + 1, nullptr, 10) : 0;
    return major > kOldestMajor || (major == kOldestMajor && minor >= kOldestMinor);
}

}  // namespace

GitTree::GitTree(const fs::path& directory, const fs::path& work) : directory_(directory), work_(work) {
    if (find_program("git").empty())
        throw Error(Exit::environment, "--tree needs git; install it with `sudo apt-get install git`");
    if (!fs::is_directory(directory))
        throw Error(Exit::usage, fmt::format("--tree {} is no directory", directory.string()));
    std::vector<std::string> words = git_command();
    words.insert(words.end(), {"-C", directory.string(), "rev-parse", "--absolute-git-dir"});
    try {
        git_directory_ = first_line(capture(words));
        words.back() = "--show-toplevel";
    } catch (const Error& error) {
        if (error.code != Exit::run_failed) throw;
        throw Error(Exit::usage,
                    fmt::format("--tree {} is no git tree: --kernel-source takes a source without one",
                                directory.string()));
    }
    try {
        top_ = first_line(capture(words));
    } catch (const Error& error) {
        if (error.code != Exit::run_failed) throw;
    }
}

std::string GitTree::id() const {
    return "tree-" + sha256(git_directory_).substr(0, kShownDigits);
}

std::vector<std::string> GitTree::git(const std::vector<std::string>& words) const {
    // Where worktree() puts what is not committed.
    std::vector<std::string> command =
        with_variables(git_command(), {"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + (work_ / "objects").string()});
    command.push_back("--git-dir=" + git_directory_);
    command.insert(command.end(), words.begin(), words.end());
    return command;
}

std::string GitTree::ask(const std::vector<std::string>& words) const {
    return first_line(capture(git(words)));
}

Revision GitTree::resolve(const std::string& revision) const {
    Revision found;
    if (revision == kWorktree) {
        found = worktree();
    } else {
        try {
            found.commit =
                ask({"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"});
        } catch (const Error& error) {
            if (error.code != Exit::run_failed) throw;
            const bool shallow = ask({"rev-parse", "--is-shallow-repository"}) == "true";
            throw Error(
                Exit::usage,
                fmt::format(
                    "no revision '{}' in {}{}", revision, directory_.string(),
                    shallow ? ", which is a shallow clone: `git fetch --unshallow` brings the rest" : ""));
        }
        found.tree = ask({"rev-parse", "--verify", found.commit + "^{tree}"});
        found.name = found.commit.substr(0, kShownDigits);
        found.subject = ask({"show", "--no-patch", "--format=%s", found.commit});
    }
    std::string makefile;
    try {
        capture(git({"cat-file", "-e", found.tree + ":arch/x86/Makefile"}));
        makefile = capture(git({"cat-file", "blob", found.tree + ":Makefile"}));
    } catch (const Error& error) {
        if (error.code != Exit::run_failed) throw;
    }
    found.version = makefile_version(makefile);
    if (found.version.empty())
        throw Error(Exit::usage,
                    fmt::format("'{}' of {} is no Linux source (no kernel Makefile, arch/x86 in it)",
                                revision, directory_.string()));
    if (!is_new_enough(found.version)) {
        throw Error(Exit::usage,
                    fmt::format("'{}' of {} is Linux {}: {}.{} is the oldest that can be counted", revision,
                                directory_.string(), found.version, kOldestMajor, kOldestMinor));
    }
    return found;
}

std::vector<Revision> GitTree::resolve_all(const std::vector<std::string>& revisions) const {
    std::vector<Revision> all;
    const auto add = [&](Revision revision) {
        const bool known = std::any_of(all.begin(), all.end(),
                                       [&](const Revision& other) { return other.name == revision.name; });
        if (!known) all.push_back(std::move(revision));
    };
    for (const std::string& text : revisions) {
        const size_t dots = text.find("..");
        if (dots == std::string::npos) {
            add(resolve(text));
            continue;
        }
        const Revision good = resolve(text.substr(0, dots));
        const std::string end = text.substr(std::min(text.find_first_not_of('.', dots), text.size()));
        const Revision bad = resolve(end.empty() ? "HEAD" : end);
        add(good);
        for (const std::string& commit : line(good, bad)) add(resolve(commit));
    }
    return all;
}

std::vector<std::string> GitTree::line(const Revision& good, const Revision& bad) const {
    std::vector<std::string> commits;
    const std::string listed =
        capture(git({"rev-list", "--first-parent", "--reverse", good.commit + ".." + bad.commit}));
    for (const std::string_view commit : split_lines(listed)) commits.emplace_back(commit);
    const bool reached =
        !commits.empty() && ask({"rev-parse", "--verify", "--quiet", commits.front() + "^1"}) == good.commit;
    if (!reached) {
        throw Error(
            Exit::usage,
            fmt::format("{} is not behind {} on the line of first parents, so no commits lie between them",
                        good.name, bad.name));
    }
    return commits;
}

Revision GitTree::worktree() const {
    if (top_.empty())
        throw Error(Exit::usage,
                    fmt::format("{} is a bare repository: it has no {}", directory_.string(), kWorktree));
    Revision found;
    found.commit = ask({"rev-parse", "--verify", "HEAD^{commit}"});
    // Objects and index of our own; the user's index knows which files have not changed.
    const fs::path objects = work_ / "objects";
    const fs::path index = work_ / "worktree.index";
    make_directories(objects);
    std::error_code error;
    fs::remove(work_ / "worktree.index.lock", error);
    const fs::path users = ask({"rev-parse", "--git-path", "index"});
    if (fs::exists(users)) fs::copy_file(users, index, fs::copy_options::overwrite_existing);
    const std::vector<std::string> variables = {
        "GIT_INDEX_FILE=" + index.string(), "GIT_OBJECT_DIRECTORY=" + objects.string(),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES=" + ask({"rev-parse", "--git-path", "objects"})};
    capture(with_variables(git({"-C", top_, "--work-tree=" + top_, "add", "--all"}), variables));
    found.tree = first_line(capture(with_variables(git({"write-tree"}), variables)));
    found.name = "worktree-" + found.tree.substr(0, kShownDigits);
    found.subject = "the work tree as it stands, on " + found.commit.substr(0, kShownDigits);
    return found;
}

void GitTree::checkout(const std::string& tree, const fs::path& source, const fs::path& index) const {
    const fs::path there = index.string() + ".tree";
    if (read_file_or(there, "") == tree) return;
    if (!fs::exists(there)) {
        // Nothing, or what an interrupted checkout has left: which of its files are whole nobody knows.
        fs::remove_all(source);
        fs::remove(index);
    }
    fs::remove(there);
    fs::remove(index.string() + ".lock");
    make_directories(source);
    Command command;
    command.argv = with_variables(
        git({"-C", source.string(), "--work-tree=" + source.string(), "read-tree", "--reset", "-u", tree}),
        {"GIT_INDEX_FILE=" + index.string()});
    command.output = index.string() + ".log";
    Progress progress("kernel source");
    const ExitStatus status =
        run(command, [&] { progress.busy("checking out " + tree.substr(0, kShownDigits)); });
    if (!status.ok()) {
        const std::string said = read_file_or(command.output, "");
        if (said.find("No space left") != std::string::npos)
            throw Error(Exit::environment, fmt::format("no disk space left for {}", source.string()));
        throw Error(Exit::run_failed,
                    fmt::format("git cannot check out {} of {} ({}), see {}", tree.substr(0, kShownDigits),
                                directory_.string(), status.describe(), command.output.string()));
    }
    write_file_atomically(there, tree);
}

}  // namespace stackshift
