// SPDX-License-Identifier: MIT
// run.sh in a tree of its own, with programs in its PATH that only pretend: no package is installed and
// nothing is built.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

#include "run_tool.h"
#include "util/files.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

class RunScript : public ::testing::Test {
  protected:
    RunScript() {
        fs::create_directories(tree_ / "build");
        fs::create_directories(elsewhere_);
        fs::copy_file(PROJECT_DIR "/run.sh", tree_ / "run.sh");
        write_file_atomically(
            tree_ / "packages.list",
            "# Text.\n# [run] What runs need.\ng++\n# More text\nbc\n\n# [test] More.\nshellcheck\n");
        // The chart library is there.
        for (const char* file :
             {"plots/package.json", "plots/package-lock.json", "build/charts/package-lock.json"})
            write_file_atomically(tree_ / file, "{}");
        fs::create_directories(tree_ / "build/charts/node_modules/axe-core");
        write_file_atomically(tree_ / "build/build.ninja", "");
        write_file_atomically(tree_ / "build/sanitize/build.ninja", "");
        program(tree_ / "build/stackshift", "echo \"in $PWD: $*\"");
        pretend("dpkg-query", "printf 'installed %s\\n' bc g++ shellcheck");
        pretend("cmake", ":");
        pretend("ctest", "echo \"ctest: $*\"");
        pretend("id", "echo 0");
        pretend("apt-get",
                "echo \"noise of $*\"\n"
                "case \"$*\" in *print-uris*) echo \"'http://x/a_1.deb' a_1.deb 2000000 SHA256:1\"\n"
                "echo \"'http://x/b_1.deb' b_1.deb 1500000 SHA256:2\";; esac");
    }

    static void program(const fs::path& file, const std::string& lines) {
        write_file_atomically(file, "#!/bin/sh\n" + lines + '\n');
        fs::permissions(file, fs::perms::owner_all);
    }
    void pretend(const std::string& name, const std::string& lines) { program(bin_ / name, lines); }

    /// Runs `tree/run.sh ARGUMENTS` in another directory.
    ToolRun run_script(const std::vector<std::string>& arguments) {
        std::vector<std::string> argv = {"env", "-C", elsewhere_, "../tree/run.sh"};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        return run_program(argv, {{"PATH", bin_.string() + ":/usr/bin:/bin"}, {"TMPDIR", directory_.path}});
    }
    std::string install_log() const { return read_file_or(tree_ / "build/install.log", "none"); }

    const TemporaryDirectory directory_;
    const fs::path tree_ = directory_.path / "tree";
    const fs::path elsewhere_ = directory_.path / "else where";
    const fs::path bin_ = directory_.path / "bin";
};

TEST_F(RunScript, RelativePathsAreTheUsers) {
    fs::remove(tree_ / "build/stackshift");
    fs::create_symlink(STACKSHIFT, tree_ / "build/stackshift");
    fs::copy_file(STACKSHIFT_TEST_DATA "/result_small.json", elsewhere_ / "a.json");
    const ToolRun run = run_script({"compare", "--all", "a.json"});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_NE(run.out.find("pristine"), std::string::npos) << run.out;
    const ToolRun absent = run_script({"compare", "b.json"});
    EXPECT_EQ(absent.code, 2);
    EXPECT_EQ(absent.err, "stackshift: cannot read b.json: No such file or directory\n");
}

TEST_F(RunScript, TheProgramRunsInTheUsersDirectory) {
    const ToolRun run = run_script({"host", "--out", "a b"});
    EXPECT_EQ(run.out, "in " + elsewhere_.string() + ": host --out a b\n");
    EXPECT_EQ(run.err, "");
    fs::create_symlink(tree_ / "run.sh", bin_ / "stackshift-run");
    const ToolRun linked = run_program({"env", "-C", elsewhere_, bin_ / "stackshift-run", "list"},
                                       {{"PATH", bin_.string() + ":/usr/bin:/bin"}});
    EXPECT_EQ(linked.out, "in " + elsewhere_.string() + ": list\n") << linked.err;
}

TEST_F(RunScript, InstallationIsOneLineAndALog) {
    pretend("dpkg-query", "printf 'installed %s\\n' g++; echo config-files bc");
    const ToolRun run = run_script({"list"});
    EXPECT_EQ(run.code, 0);
    EXPECT_EQ(run.err, "run.sh: installing bc (2 packages, 3 MB)\n");
    EXPECT_NE(install_log().find("noise of install -y --no-install-recommends bc\n"), std::string::npos)
        << install_log();
    EXPECT_EQ(run.out, "in " + elsewhere_.string() + ": list\n");
}

TEST_F(RunScript, TestsNeedMorePackages) {
    pretend("dpkg-query", "printf 'installed %s\\n' g++ bc");
    EXPECT_EQ(run_script({"list"}).err, "");
    const ToolRun run = run_script({"test"});
    EXPECT_EQ(run.err, "run.sh: installing shellcheck (2 packages, 3 MB)\n");
    EXPECT_NE(run.out.find("ctest: --test-dir " + tree_.string() + "/build/sanitize "), std::string::npos)
        << run.out;
}

TEST_F(RunScript, TheChartLibraryIsFetchedOnceWhereNpmIs) {
    const std::string calls = (directory_.path / "npm").string();
    fs::remove_all(tree_ / "build/charts");
    pretend("npm", "echo \"$*\" >>" + calls);
    EXPECT_EQ(run_script({"list"}).err, "") << "it needs no charts";
    EXPECT_EQ(run_script({"report"}).err, "run.sh: fetching the chart library\n");
    EXPECT_EQ(run_script({"report"}).err, "");
    EXPECT_EQ(read_file(calls), "ci --prefix " + (tree_ / "build/charts").string() +
                                    " --omit=dev --ignore-scripts --no-audit --no-fund\n");
    write_file_atomically(tree_ / "plots/package-lock.json", "{\"another\": 1}");
    pretend("npm", "exit 1");
    const ToolRun run = run_script({"report"});
    EXPECT_EQ(run.code, 0) << "the report does without";
    EXPECT_NE(run.err.find("npm could not fetch it; log: "), std::string::npos) << run.err;
}

TEST_F(RunScript, AFailedInstallationNamesItsLog) {
    pretend("dpkg-query", ":");
    pretend("apt-get", "echo 'no network' >&2; exit 100");
    const ToolRun run = run_script({"list"});
    EXPECT_EQ(run.code, 4);
    EXPECT_EQ(run.err,
              "run.sh: installing bc g++\nrun.sh: installation failed; log: " + tree_.string() +
                  "/build/install.log; by hand: sudo apt-get install --no-install-recommends bc g++\n");
    EXPECT_EQ(install_log(), "no network\n");
}

TEST_F(RunScript, WhereTheTreeCannotBeWrittenTheLogIsElsewhere) {
    fs::remove_all(tree_ / "build");
    write_file_atomically(tree_ / "build", "a file, which no directory can be made in");
    pretend("dpkg-query", ":");
    pretend("apt-get", "exit 100");
    const ToolRun run = run_script({"list"});
    EXPECT_EQ(run.code, 4);
    EXPECT_NE(run.err.find("log: " + directory_.path.string() + "/stackshift-install."), std::string::npos)
        << run.err;
}

TEST_F(RunScript, WithoutRootItSaysWhatToInstall) {
    pretend("id", "echo 1000");
    pretend("sudo", "exit 1");
    pretend("dpkg-query", "printf 'installed %s\\n' g++");
    const ToolRun run = run_script({"list"});
    EXPECT_EQ(run.code, 4);
    EXPECT_EQ(run.err,
              "run.sh: packages are missing and there is no root: sudo apt-get install "
              "--no-install-recommends bc\n");
    // Tests skip themselves where their tools are missing.
    pretend("dpkg-query", "printf 'installed %s\\n' g++ bc");
    const ToolRun tests = run_script({"test"});
    EXPECT_EQ(tests.code, 0);
    EXPECT_EQ(tests.err, "run.sh: some tests will be skipped for want of shellcheck\n");
}

TEST_F(RunScript, TheFirstBuildSaysWhatItDoes) {
    fs::remove(tree_ / "build/build.ninja");
    EXPECT_EQ(run_script({"list"}).err,
              "run.sh: looking at the compiler and the libraries (CMake)\n"
              "run.sh: building the suite: minutes, the first time\n");
}

TEST_F(RunScript, TheBuildShowsHowFarItIs) {
    pretend("cmake", "echo '[0/2] Re-checking'; for i in $(seq 200); do echo \"[$i/200] Building it\"; done");
    std::istringstream lines(run_script({"test"}).err);
    std::string line;
    for (int built = 20; built <= 200; built += 20) {
        ASSERT_TRUE(std::getline(lines, line));
        // A slow machine adds the time that is left.
        EXPECT_EQ(line.find(fmt::format("run.sh: building the suite and its tests: {} of 200", built)), 0U)
            << line;
    }
    EXPECT_FALSE(std::getline(lines, line)) << line;
}

TEST_F(RunScript, OnlyCheckBuildsWhatItBoots) {
    pretend("cmake", "echo \"$*\" >" + (directory_.path / "targets").string());
    const auto targets = [&](const std::string& command) {
        EXPECT_EQ(run_script({command}).code, 0);
        return read_file(directory_.path / "targets");
    };
    const std::string build = "--build " + (tree_ / "build").string() + " --target stackshift";
    EXPECT_EQ(targets("lab"), build + '\n');
    EXPECT_EQ(targets("check"), build + " conformance\n");
}

TEST_F(RunScript, ACopiedCheckoutBuildsItsOwnSources) {
    const auto cache = [&](const fs::path& of) {
        write_file_atomically(tree_ / "build/CMakeCache.txt",
                              "CMAKE_CACHEFILE_DIR:INTERNAL=" + (of / "build").string() +
                                  "\nCMAKE_HOME_DIRECTORY:INTERNAL=" + of.string() + '\n');
    };
    cache(tree_);
    EXPECT_EQ(run_script({"list"}).err, "");
    cache(directory_.path / "original");
    EXPECT_EQ(run_script({"list"}).err,
              "run.sh: " + tree_.string() +
                  "/build was made for another checkout; building anew for this one\n"
                  "run.sh: looking at the compiler and the libraries (CMake)\n"
                  "run.sh: building the suite: minutes, the first time\n");
    EXPECT_FALSE(fs::exists(tree_ / "build/CMakeCache.txt"));
}

TEST_F(RunScript, AFailedBuildNamesItsLog) {
    pretend("cmake", "echo '[1/9] Building a'; echo 'a.cpp:1: error: no'; exit 1");
    const ToolRun run = run_script({"list"});
    EXPECT_EQ(run.code, 5);
    EXPECT_NE(run.err.find("a.cpp:1: error: no\nrun.sh: the build failed; log: " + tree_.string() +
                           "/build/build.log\n"),
              std::string::npos)
        << run.err;
    EXPECT_EQ(run.out, "");
}

TEST_F(RunScript, CtrlCEndsTheBuildWith130) {
    // As ninja does: it ends with a code of its own. A terminal signals the whole process group.
    pretend("cmake", "trap 'exit 2' INT\nkill -INT 0\nsleep 20");
    const ToolRun run = run_script({"list"});
    EXPECT_EQ(run.code, 130) << run.err;
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(run.err, "\n");
}

TEST_F(RunScript, CtrlCLetsAnInstallationFinish) {
    pretend("dpkg-query", "printf 'installed %s\\n' g++");
    const std::string group = (directory_.path / "group").string();
    pretend("apt-get", "case \"$*\" in update) cut -d' ' -f5 /proc/$$/stat >" + group +
                           ";; *uris*|*download*) ;; *) kill -INT -$(cat " + group +
                           ")\nsleep 1\necho finished;; esac");
    const ToolRun run = run_script({"list"});
    EXPECT_EQ(run.code, 130) << run.err;
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(install_log(), "finished\n");
}

TEST_F(RunScript, CtrlCEndsADownload) {
    pretend("dpkg-query", "printf 'installed %s\\n' g++");
    pretend("apt-get",
            "case \"$*\" in *download*) kill -INT 0\nsleep 20;; *uris*|update) ;; *) echo late;; esac");
    const ToolRun run = run_script({"list"});
    EXPECT_EQ(run.code, 130) << run.err;
    EXPECT_EQ(install_log(), "");
}

}  // namespace
}  // namespace stackshift
