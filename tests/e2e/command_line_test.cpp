// SPDX-License-Identifier: MIT
// Bad input gets one clear line and the documented exit code; help explains.
#include <gtest/gtest.h>

#include "run_tool.h"
#include "util/files.h"

namespace stackshift {
namespace {

void expect_error(const std::vector<std::string>& arguments, int code, const std::string& part) {
    const ToolRun run = run_tool(arguments);
    EXPECT_EQ(run.code, code) << run.err;
    EXPECT_NE(run.err.find(part), std::string::npos) << "said: " << run.err << "expected: " << part;
    EXPECT_EQ(run.err.find("stackshift: "), 0U) << run.err;
}

TEST(CommandLine, HelpExplainsEachCommand) {
    EXPECT_NE(run_program({PROJECT_DIR "/run.sh", "--help"}).out.find("./run.sh test"), std::string::npos);
    EXPECT_NE(run_tool({"--help"}).out.find("lab"), std::string::npos);
    for (const char* command : {"host", "lab", "kernels", "compare", "list", "chain"}) {
        const ToolRun help = run_tool({command, "--help"});
        EXPECT_EQ(help.code, 0);
        EXPECT_NE(help.out.find("--"), std::string::npos) << command;
    }
}

TEST(CommandLine, TheVersionIsThatOfTheProject) {
    EXPECT_EQ(run_tool({"--version"}).out, "stackshift " PROJECT_VERSION "\n");
}

TEST(CommandLine, WrongUsageNamesTheNearest) {
    expect_error({"lab", "--profle", "smoke"}, 2, "unknown option '--profle' (did you mean '--profile'?");
    expect_error({"lab", "--profile", "smok"}, 2, "unknown profile 'smok' (did you mean 'smoke'?");
    expect_error({"lap"}, 2, "unknown command 'lap' (did you mean 'lab'?");
    expect_error({"kernels", "--strategies", "pristin"}, 2,
                 "unknown strategy 'pristin' (did you mean 'pristine'?");
    expect_error({"lab", "--filter", "nothing-has-this"}, 2, "matches none of the");
    expect_error({"lab", "--filter", "("}, 2, "is not a regular expression");
    expect_error({"lab", "--seeds", "0"}, 2, "--seeds");
    expect_error({"lab", "--jobs", "many"}, 2, "--jobs");
    expect_error({"kernels", "--kernel-source", "/usr"}, 2, "/usr is no kernel source");
    expect_error({"host", "--cpu", "1000"}, 2, "--cpu 1000");
    expect_error({"host", "--benchmark_nonsense=1", "--profile", "smoke"}, 2, "--benchmark_nonsense");
}

TEST(CommandLine, PrebuiltKernelsAreLookedAtFirst) {
    expect_error({"lab", "--kernel", "mine"}, 2, "NAME=IMAGE");
    expect_error({"lab", "--kernel", "a=x", "--kernel", "a=y"}, 2, "another kernel of this run");
    expect_error({"lab", "--kernel", "mine=/no/such/image"}, 2, "/no/such/image");
    expect_error({"lab", "--kernel", "mine=" STACKSHIFT}, 2, "bzImage");
}

TEST(CommandLine, FaultyResultsAreNamed) {
    const TemporaryDirectory directory;
    expect_error({"compare", (directory.path / "none.json").string()}, 2, "none.json");
    write_file_atomically(directory.path / "cut.json", "{\"schema\": \"stackshift-result\", ");
    expect_error({"compare", (directory.path / "cut.json").string()}, 2, "cut.json");
    write_file_atomically(directory.path / "deep.json", std::string(30000, '[') + std::string(30000, ']'));
    expect_error({"compare", (directory.path / "deep.json").string()}, 2,
                 "deep.json:1:65: nested deeper than");
    expect_error({"compare", "--work-dir", directory.path.string()}, 2, "no result to compare");
    expect_error({"list", "--timings", "--work-dir", directory.path.string()}, 2, "no timings yet");
}

TEST(CommandLine, MissingToolsAreNamedWithTheInstallCommand) {
    const TemporaryDirectory directory;
    const ToolRun run =
        run_tool({"kernels", "--strategies", "pristine", "--work-dir", directory.path.string()},
                 {{"PATH", directory.path.string()}});
    EXPECT_EQ(run.code, 4) << run.err;
    EXPECT_NE(run.err.find("apt-get install"), std::string::npos) << run.err;
    const ToolRun lab = run_tool({"lab", "--profile", "smoke"}, {{"PATH", directory.path.string()}});
    EXPECT_EQ(lab.code, 4) << lab.err;
    EXPECT_NE(lab.err.find("apt-get install qemu-system-x86"), std::string::npos) << lab.err;
}

TEST(CommandLine, ListShowsStrategiesAndCells) {
    const ToolRun run = run_tool({"list", "--profile", "smoke"});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_NE(run.out.find("pristine"), std::string::npos);
    EXPECT_NE(run.out.find("self-exec/i386/aslr/argv:34p/long"), std::string::npos);
}

TEST(CommandLine, InstalledCommandFindsItsData) {
    const TemporaryDirectory prefix;
    install_to(prefix.path);
    const ToolRun run =
        run_program({(prefix.path / "bin/stackshift").string(), "list", "--profile", "smoke"});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_NE(run.out.find("pristine"), std::string::npos);
    std::filesystem::remove_all(prefix.path / "share");
    const ToolRun bare = run_program({(prefix.path / "bin/stackshift").string(), "list"});
    EXPECT_EQ(bare.code, 4) << bare.err;
}

TEST(CommandLine, AFullDiskIsToldBeforeTheRun) {
    const TemporaryDirectory directory;
    const std::string mount = "mount -t tmpfs -o size=1m none " + directory.path.string();
    if (run_program({"unshare", "--map-root-user", "--mount", "sh", "-c", mount}).code != 0) {
        GTEST_SKIP() << "skipped: this machine allows no mount namespace";
    }
    const ToolRun run = run_program(
        {"unshare", "--map-root-user", "--mount", "sh", "-c",
         mount + " && exec " STACKSHIFT " host --profile smoke --out " + directory.path.string() + "/run"});
    EXPECT_EQ(run.code, 4) << run.err;
    EXPECT_NE(run.err.find("no disk space"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace stackshift
