// SPDX-License-Identifier: MIT
// A git tree's commits as contenders, and the bisection, on a history that is made from the packaged source:
// 20 commits, in one of them a loop of 1,001 instructions in every exec, in another a change of inlining, in
// one a shorter limit, and one that does not build.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "kernels/source.h"
#include "run_tool.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

constexpr int kCommits = 20;
constexpr int kLoopAt = 7;
constexpr int kBrokenAt = 10;
constexpr int kInliningAt = 15;
constexpr int kShorterAt = 18;
constexpr const char* kCell = "self-exec/native/noaslr/argv:0p/long";

/// Of the default base.
fs::path tarball() {
    return fs::path(kSourceFolder) / "linux-source-6.12.tar.xz";
}

class Trees : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (find_program("git").empty() || !fs::exists(tarball())) return;
        if (!fs::exists(linux_tree() / ".git/made")) make_history();
    }
    void SetUp() override {
        if (!fs::exists(linux_tree() / ".git/made"))
            GTEST_SKIP() << "skipped: git or " << tarball() << " is missing";
    }

    /// Kept between runs: to make it takes minutes.
    static fs::path linux_tree() { return fs::path(WORK_DIR) / "trees-test/linux"; }

    static void git(std::vector<std::string> words) {
        std::vector<std::string> command = {"git",
                                            "-C",
                                            linux_tree().string(),
                                            "-c",
                                            "user.name=t",
                                            "-c",
                                            "user.email=t@example.org",
                                            "-c",
                                            "core.compression=0",
                                            "-c",
                                            "core.fsync=none",
                                            "-c",
                                            "gc.auto=0"};
        command.insert(command.end(), words.begin(), words.end());
        capture(command);
    }

    static void replace_in_exec(const std::string& from, const std::string& to) {
        replace_in("fs/exec.c", from, to);
    }

    static void replace_in(const char* name, const std::string& from, const std::string& to) {
        const fs::path file = linux_tree() / name;
        std::string text = read_file(file);
        const size_t at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        const fs::perms mode = fs::status(file).permissions();  // some are run by the build
        write_file_atomically(file, text.replace(at, from.size(), to));
        fs::permissions(file, mode);
    }

    static std::string change(int number) {
        constexpr const char* kBegin = "\t/*\n\t * We move the actual failure in case of RLIMIT_NPROC";
        // 1 + 500 * 2 instructions.
        constexpr const char* kLoop =
            "\tasm volatile(\"mov $500, %%ecx\\n1: dec %%ecx\\njnz 1b\" ::: \"ecx\", \"cc\");\n";
        const std::string limits = "static int bprm_stack_limits(";
        switch (number) {
            case kLoopAt:
                replace_in_exec(kBegin, std::string(kLoop) + kBegin);
                return "exec: plant a loop";
            case kBrokenAt:
                replace_in_exec(limits, "broken " + limits);
                return "exec: do not build";
            case kBrokenAt + 1:
                replace_in_exec("broken " + limits, limits);
                return "exec: build again";
            case kInliningAt:
                replace_in_exec("static bool valid_arg_len(", "static noinline bool valid_arg_len(");
                return "exec: do not inline";
            case kShorterAt:
                replace_in_exec("return len <= MAX_ARG_STRLEN;", "return len < MAX_ARG_STRLEN;");
                return "exec: shorter strings";
            default:
                write_file_atomically(linux_tree() / "Documentation/history", fmt::format("{}\n", number));
                return fmt::format("Documentation: {}", number);
        }
    }

    static void make_history() {
        fs::remove_all(linux_tree());
        make_directories(linux_tree());
        capture({"tar", "--extract", "--file=" + tarball().string(), "--use-compress-program=xz -T0",
                 "--strip-components=1", "--directory=" + linux_tree().string()});
        git({"init", "-q", "-b", "main"});
        // The package's .gitignore ignores all of it.
        git({"add", "--all", "--force", "."});
        git({"commit", "-q", "-m", "Linux"});
        for (int i = 1; i <= kCommits; ++i) {
            const std::string subject = change(i);
            git({"add", "--all", "--force", "fs", "Documentation/history"});
            git({"commit", "-q", "--allow-empty", "-m", subject});
        }
        write_file_atomically(linux_tree() / ".git/made", "");
    }

    static ToolRun bisect(const std::vector<std::string>& more) {
        std::vector<std::string> args = {
            "bisect", "--tree", linux_tree().string(), "--good", "main~20", "--bad", "main", "--cell", kCell};
        args.insert(args.end(), more.begin(), more.end());
        return run_tool(args);
    }
};

TEST_F(Trees, BisectionFindsThePlantedLoop) {
    const TemporaryDirectory directory;
    const ToolRun run = bisect({"--out", directory.path.string()});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_NE(run.out.find("moved once"), std::string::npos) << run.out;
    EXPECT_NE(run.out.find("+1001"), std::string::npos) << run.out;
    EXPECT_NE(run.out.find("exec: plant a loop"), std::string::npos) << run.out;
    const auto json = nlohmann::json::parse(read_file(directory.path / "bisect.json"));
    ASSERT_EQ(json["steps"].size(), 1U);
    EXPECT_EQ(json["steps"][0]["subject"], "exec: plant a loop");
    EXPECT_EQ(json["steps"][0]["now"].get<double>() - json["steps"][0]["before"].get<double>(), 1001);
    EXPECT_LE(json["log"].size(), 8U);

    // What is left is the other, smaller move; what was measured is not measured again.
    const ToolRun both = bisect({"--out", directory.path.string(), "--at-least", "1"});
    EXPECT_EQ(both.code, 0) << both.err;
    EXPECT_NE(both.out.find("moved 2 times"), std::string::npos) << both.out;
    EXPECT_NE(both.out.find("exec: do not inline"), std::string::npos) << both.out;

    // As `git bisect run` asks.
    const auto side_of = [&](const char* revision) {
        return bisect({"--out", directory.path.string(), "--test", revision}).code;
    };
    EXPECT_EQ(side_of("main~19"), 0);
    EXPECT_EQ(side_of("main~1"), 1);
    EXPECT_EQ(side_of(fmt::format("main~{}", kCommits - kBrokenAt).c_str()), 125);
}

TEST_F(Trees, LabCountsCommitsAndTheWorkTree) {
    replace_in_exec("return len < MAX_ARG_STRLEN;", "return len + 1 < MAX_ARG_STRLEN;");
    const TemporaryDirectory directory;
    const ToolRun run =
        run_tool({"lab", "--tree", linux_tree().string(), "--revisions", "main~20,main,WORKTREE", "--profile",
                  "smoke", "--filter", "noaslr/argv:0p", "--seeds", "1", "--out", directory.path.string()});
    replace_in_exec("return len + 1 < MAX_ARG_STRLEN;", "return len < MAX_ARG_STRLEN;");
    ASSERT_EQ(run.code, 0) << run.err;
    const auto json = nlohmann::json::parse(read_file(directory.path / "result.json"));
    ASSERT_EQ(json["kernels"].size(), 3U);
    EXPECT_EQ(json["kernels"][0]["subject"], "Linux");
    EXPECT_EQ(json["kernels"][1]["commit"].get<std::string>().substr(0, 12), json["kernels"][1]["strategy"]);
    EXPECT_TRUE(json["kernels"][2]["strategy"].get<std::string>().starts_with("worktree-"));
    EXPECT_NE(json["kernels"][1]["image_sha256"], json["kernels"][2]["image_sha256"]);
    const std::string answer = "\"Documentation: 20\" against ";
    EXPECT_NE(run.out.find(answer), std::string::npos) << run.out;
    EXPECT_NE(run.out.find("revision"), std::string::npos) << run.out;
}

TEST_F(Trees, ACompilerThatIsTooOldIsNamed) {
    constexpr const char* kFile = "scripts/min-tool-version.sh";
    constexpr const char* kGcc = "gcc)\n";
    replace_in(kFile, kGcc, "gcc)\n\techo 99.1.0; exit\n");
    const ToolRun run = run_tool({"lab", "--tree", linux_tree().string(), "--revisions", "WORKTREE"});
    replace_in(kFile, "gcc)\n\techo 99.1.0; exit\n", kGcc);
    EXPECT_EQ(run.code, 4) << run.err;
    EXPECT_NE(run.err.find("is too old for this kernel, which needs 99.1.0 or newer"), std::string::npos)
        << run.err;
}

TEST_F(Trees, CheckSaysWhatACommitChanges) {
    const auto check = [](const std::string& revisions) {
        return run_tool(
            {"check", "--tree", linux_tree().string(), "--revisions", revisions, "--groups", "args"});
    };
    const std::string last = fmt::format("main~{}", kCommits - kShorterAt);
    const ToolRun changed = check(last + "~1," + last);
    EXPECT_EQ(changed.code, 1) << changed.err;
    EXPECT_NE(changed.out.find("changed since"), std::string::npos) << changed.out;
    // What is so in both is no failure.
    const ToolRun same = check(last + ",main");
    EXPECT_EQ(same.code, 0) << same.out << same.err;
}

TEST_F(Trees, BadUsageIsNamed) {
    const auto error_of = [](std::vector<std::string> args) {
        const ToolRun run = run_tool(std::move(args));
        EXPECT_EQ(run.code, 2) << run.err;
        return run.err;
    };
    const std::string tree = linux_tree().string();
    EXPECT_NE(error_of({"lab", "--tree", tree}).find("--tree needs --revisions"), std::string::npos);
    EXPECT_NE(error_of({"lab", "--revisions", "main"}).find("give it with --tree DIR"), std::string::npos);
    EXPECT_NE(error_of({"lab", "--tree", tree, "--revisions", "nope"}).find("no revision 'nope'"),
              std::string::npos);
    EXPECT_NE(error_of({"lab", "--tree", "/usr", "--revisions", "x"}).find("is no git tree"),
              std::string::npos);
    EXPECT_NE(error_of({"bisect", "--tree", tree, "--good", "main~1", "--bad", "main", "--cell", "self-exec"})
                  .find("unknown cell 'self-exec'"),
              std::string::npos);
    EXPECT_NE(error_of({"bisect", "--tree", tree, "--good", "main", "--bad", "main~1", "--cell", kCell})
                  .find("on the line of first parents"),
              std::string::npos);
}

}  // namespace
}  // namespace stackshift
