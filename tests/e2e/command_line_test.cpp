// SPDX-License-Identifier: MIT
// Bad input gets one clear line and the documented exit code; help explains.
#include <gtest/gtest.h>

#include "results/save.h"
#include "run_tool.h"
#include "support/made_results.h"
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
    // An option that only this command has, and what it says of itself.
    const std::pair<const char*, std::vector<const char*>> commands[] = {
        {"host", {"--perf-record", "clock instrument"}}, {"lab", {"--seeds", "exact instrument"}},
        {"check", {"--groups", "conformance tests"}},    {"kernels", {"--config", "build the kernels"}},
        {"compare", {"--baseline", "result.json"}},      {"list", {"--timings", "strategies and cells"}},
        {"chain", {"--execs", "one cell's execs"}},      {"gate", {"--self-test", "against a baseline"}},
        {"reference", {"--from", "bit for bit"}},        {"verify", {"--reference", "committed reference"}},
        {"export", {"--format", "--metrics"}},           {"justify", {"--check", "--strategies"}},
        {"thread", {"--check", "a verdict each"}}};
    for (const auto& [command, texts] : commands) {
        const ToolRun help = run_tool({command, "--help"});
        EXPECT_EQ(help.code, 0);
        for (const char* text : texts)
            EXPECT_NE(help.out.find(text), std::string::npos) << command << ": " << text;
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
    for (const char* command : {"lab", "list", "host"})
        expect_error({command, "--filter", "(.*)*(.*)*(.*)*(.*)*x"}, 2, "takes more than 1000000 steps");
    expect_error({"lab", "--seeds", "0"}, 2, "--seeds");
    expect_error({"lab", "--jobs", "many"}, 2, "--jobs");
    expect_error({"kernels", "--kernel-source", "/usr"}, 2, "/usr is no kernel source");
    expect_error({"host", "--cpu", "1000"}, 2, "--cpu 1000");
}

TEST(CommandLine, BenchmarkFlagsAreReadBeforeAnythingIsMeasured) {
    const std::pair<const char*, const char*> flags[] = {
        {"--benchmark_filtr=x", "did you mean 'benchmark_filter'?"},
        {"--benchmark_filter=nothing-has-this", "takes none of the 20 cells"},
        {"--benchmark_filter=-.*", "takes none of the 20 cells"},
        {"--benchmark_filter=(", "is not a regular expression"},
        {"--benchmark_filter", "write --benchmark_filter=VALUE"},
        {"--benchmark_out=/no/such/place", "cannot be written"},
        {"--benchmark_format=xml", "it is console, json or csv"},
        {"--benchmark_repetitions=many", "a number from 1 to"},
        {"--benchmark_repetitions=0", "a number from 1 to"},
        {"--benchmark_time_unit=h", "it is ns, us, ms or s"},
        {"--benchmark_context=x", "KEY=VALUE"},
        {"--benchmark_min_time=1", "--time SECONDS"},
        {"--benchmark_perf_counters=CYCLES", "--events NAMES"}};
    for (const auto& [flag, part] : flags) {
        expect_error({"host", "--profile", "smoke", flag}, 2, part);
        // The main job's, before kernels are built.
        expect_error({"--profile", "smoke", flag}, 2, part);
    }
}

TEST(CommandLine, KernelsHaveNamesThatAreNoPaths) {
    for (const char* name : {"v6.12/x", "../../up", "a b", ".", "-x", "Mine"}) {
        for (const char* command : {"lab", "check"})
            expect_error({command, "--kernel", std::string(name) + "=/no/such/image"}, 2,
                         "a kernel's name is of");
    }
    expect_error({"lab", "--kernel", std::string(49, 'a') + "=/no/such/image"}, 2, "at most 48");
    expect_error({"lab", "--kernel", "array=/no/such/image"}, 2, "'array' is a strategy");
}

TEST(CommandLine, AKernelCommandLineThatWouldBeCutIsRefused) {
    const std::string pad(2000, 'x');
    expect_error({"check", "--kernel", "mine=/no/such/image", "--groups", "args", "--append", "pad=" + pad},
                 2, "and x86 kernels read 2047");
    // Short enough: the next thing that is wrong is said.
    expect_error({"check", "--kernel", "mine=/no/such/image", "--groups", "args", "--append",
                  "pad=" + pad.substr(0, 1000)},
                 2, "/no/such/image");
}

TEST(CommandLine, JobsAreTheCpusThatAreAllowed) {
    const ToolRun help = run_program({"taskset", "-c", "0", STACKSHIFT, "lab", "--help"});
    EXPECT_NE(help.out.find("--jobs INT:POSITIVE=1 "), std::string::npos) << help.out;
}

/// What a shell says of a command: its output, and at the end its exit codes.
std::string shell(const std::string& command) {
    return run_program({"bash", "-c", command}).out;
}

/// What a shell says of a command whose output, and errors where `redirect` says so, go into a pipe that
/// nobody reads any more: the reader is gone before the command starts, so that no race decides who comes
/// first.
std::string shell_without_reader(const std::string& command, const std::string& redirect) {
    return shell("exec 3> >(true); wait $!; " + command + " " + redirect + "; echo $?");
}

TEST(CommandLine, AReaderThatGoesAwayEndsItQuietly) {
    EXPECT_EQ(shell_without_reader(STACKSHIFT " list --profile full", ">&3"), "141\n");
    EXPECT_EQ(shell_without_reader(STACKSHIFT " host --profile smoke --events none", ">&3 2>&3"), "141\n");
    // An error keeps its code, whoever hears of it.
    EXPECT_EQ(shell(STACKSHIFT " lab --profile smok 2>&-; echo $?"), "2\n");
    EXPECT_EQ(shell_without_reader(STACKSHIFT " lab --profile smok", "2>&3"), "2\n");
    EXPECT_EQ(shell(STACKSHIFT " list 2>&1 >&-; echo $?"),
              "stackshift: cannot write to file: Bad file descriptor\n4\n");
    EXPECT_EQ(shell(STACKSHIFT " list 2>&1 >/dev/full; echo $?"),
              "stackshift: cannot write to file: No space left on device\n4\n");
}

TEST(CommandLine, WordsNeverLandInAFile) {
    const TemporaryDirectory directory;
    const std::string out = (directory.path / "run").string();
    EXPECT_EQ(shell(STACKSHIFT " host --profile smoke --time 0.1 --events none --out " + out +
                    " >&- 2>&- <&-; echo $?"),
              "4\n");
    EXPECT_EQ(read_file(out + "/result.json").substr(0, 1), "{");
    EXPECT_EQ(shell(STACKSHIFT " compare " + out + "/result.json >/dev/null; echo $?"), "0\n");
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
    expect_error({"compare", "--work-dir", directory.path.string()}, 2, "no result to look at");
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

/// A strategy of the user's own, and a kernel source of a few lines that its patch applies to.
class OwnStrategy : public testing::Test {
  protected:
    void SetUp() override {
        install_to(prefix.path);
        put(source / "Makefile", "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION =\n");
        put(source / "Kconfig", "# none\n");
        put(source / "arch/x86/Makefile", "# none\n");
        put(source / "fs/exec.c", "one\ntwo\nthree\n");
        put(mine / "strategy", "about = my way\non = unpatched\ndeviation = args/a | ^E2BIG | my limit\n");
        put(mine / "0001-x.patch", kPatch);
    }
    void TearDown() override { std::filesystem::remove_all(work); }

    static void put(const std::filesystem::path& file, const std::string& text) {
        write_file_atomically(file, text);
    }
    ToolRun run(const std::string& command, const std::vector<std::string>& arguments) const {
        std::vector<std::string> argv = {(prefix.path / "bin/stackshift").string(), command};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        for (const std::string& more :
             {std::string("--kernel-source"), source.string(), std::string("--work-dir"), work.string()}) {
            argv.push_back(more);
        }
        return run_program(argv);
    }

    static constexpr auto kPatch =
        "--- a/fs/exec.c\n+++ b/fs/exec.c\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n";
    const TemporaryDirectory prefix;
    const std::filesystem::path mine = prefix.path / "share/stackshift/kernels/patches/mine";
    const std::filesystem::path source = prefix.path / "linux";
    // A kernel source wants free disk space, which a temporary directory may not have.
    const std::filesystem::path work = WORK_DIR "/own-strategy-test";
};

TEST_F(OwnStrategy, ListTellsAllOfIt) {
    const ToolRun whole = run("list", {"mine"});
    EXPECT_EQ(whole.code, 0) << whole.err;
    for (const char* part :
         {"mine: my way\n", "stands on unpatched source", "kernels/patches/mine/0001-x.patch",
          "kernels/patches/mine/strategy:3: args/a | ^E2BIG | my limit", "applies: yes, to 6.12.0"}) {
        EXPECT_NE(whole.out.find(part), std::string::npos) << part << '\n' << whole.out;
    }
    put(source / "fs/exec.c", "one\nanother\nthree\n");
    const ToolRun broken = run("list", {"mine"});
    EXPECT_EQ(broken.code, 5) << broken.err;
    EXPECT_NE(
        broken.out.find("applies: no: kernels/patches/mine/0001-x.patch does not apply to 6.12.0: hunk 1 "
                        "of fs/exec.c at line 1 failed"),
        std::string::npos)
        << broken.out;
    const ToolRun unknown = run("list", {"mime"});
    EXPECT_EQ(unknown.code, 2);
    EXPECT_NE(unknown.err.find("unknown strategy 'mime' (did you mean 'mine'?"), std::string::npos)
        << unknown.err;
}

TEST_F(OwnStrategy, WhatWouldNotBeAppliedIsRefusedBeforeABuild) {
    const auto refused = [&](const std::string& file, const std::string& text, const std::string& part) {
        put(mine / file, text);
        for (const char* command : {"kernels", "lab", "check"}) {
            const ToolRun run_of = run(command, {"--strategies", "mine"});
            EXPECT_EQ(run_of.code, 2) << file << ' ' << run_of.err;
            EXPECT_NE(run_of.err.find("kernels/patches/mine/" + file), std::string::npos) << run_of.err;
            EXPECT_NE(run_of.err.find(part), std::string::npos) << run_of.err;
        }
        EXPECT_EQ(run("list", {"mine"}).code, 2) << file;
        std::filesystem::remove(mine / file);
    };
    refused("0002.diff", kPatch, "rename it to 0002.patch");
    refused("0000-cover-letter.patch", "Subject: [PATCH 0/1] x\n\nHello\n", "cover letter");
    refused("0002.patch", std::string("From: a\nContent-Transfer-Encoding: base64\n\n") + kPatch,
            "a mail in base64");
    // A prebuilt kernel's run does not look at it.
    put(mine / "0002.diff", kPatch);
    const ToolRun other = run("lab", {"--kernel", "other=/no/such/image"});
    EXPECT_NE(other.err.find("/no/such/image"), std::string::npos) << other.err;
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

TEST(CommandLine, AGateFailsPassesAndRefusesByItsCode) {
    const TemporaryDirectory directory;
    Result made_of = made_result(Instrument::exact);
    for (const char* strategy : {"pristine", "direct"}) {
        made_kernel(made_of, strategy, '1');
        made_count(made_of, strategy, "self-exec/native/noaslr/argv:8p/long", {{7}, {7}, {7}});
    }
    const std::string result = (directory.path / "result.json").string();
    save_result(made_of, result);
    const std::string baseline = (directory.path / "baseline.json").string();
    expect_error({"gate", result}, 2, "--baseline FILE");
    expect_error({"gate", "--baseline", baseline, result}, 2, "baseline.json");
    expect_error({"gate", "--baseline", baseline, "--update", result}, 2, "--reason");
    expect_error({"gate", "--baseline", result, "--rule", "equl", result}, 2, "did you mean 'equal'");
    expect_error({"gate", "--baseline", result, "--metrics", "instruction", result}, 2,
                 "did you mean 'instructions'");
    expect_error({"gate", "--baseline", result, "--pair", "x", result}, 2, "FOUND=EXPECTED");
    const ToolRun made =
        run_tool({"gate", "--baseline", baseline, "--update", "--reason", "the first", result});
    EXPECT_EQ(made.code, 0) << made.err;
    const ToolRun passed = run_tool({"gate", "--baseline", baseline, result});
    EXPECT_EQ(passed.code, 0) << passed.err;
    EXPECT_EQ(passed.out.find("PASS: "), 0U) << passed.out;
    EXPECT_NE(passed.out.find("reason: the first"), std::string::npos) << passed.out;
    // By hand: another compiler of the first kernel, and a result without the second.
    const std::string text = read_file(baseline);
    const auto changed = [&](const std::string& from, const std::string& to) {
        std::string other = text;
        other.replace(other.find(from), from.size(), to);
        write_file_atomically(directory.path / "other.json", other);
        return (directory.path / "other.json").string();
    };
    expect_error({"gate", "--baseline", baseline, changed("12.2.0-14+deb12u1", "13.1.0")}, 3,
                 "kernels.pristine.compiler is \"gcc (Debian 12.2.0-14+deb12u1) 12.2.0\" in the baseline and "
                 "\"gcc (Debian 13.1.0) 12.2.0\"");
    const ToolRun missing = run_tool(
        {"gate", "--baseline", baseline, changed("\"strategy\": \"direct\"", "\"strategy\": \"other\"")});
    EXPECT_EQ(missing.code, 1) << missing.err;
    EXPECT_EQ(missing.out.find("FAIL: "), 0U) << missing.out;
    const ToolRun history = run_tool({"gate", "--history", directory.path.string()});
    EXPECT_EQ(history.code, 0) << history.err;
    expect_error({"verify", "--reference", directory.path.string(), "--profile", "full"}, 3,
                 "there is no reference of profile full");
    expect_error({"verify", "--profile", "ful"}, 2, "did you mean 'full'");
    expect_error({"reference", "--from", result}, 2, "no reference of this result");
}

}  // namespace
}  // namespace stackshift
