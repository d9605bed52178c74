// SPDX-License-Identifier: MIT
// The conformance tests, tested: every strategy passes as declared, and planted mistakes are caught by the
// tests that are there for them. Kernels with mistakes take exec_fault= on their command line.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "guest/groups.h"
#include "run_tool.h"
#include "support/json_schema.h"
#include "util/files.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json tests_of(const fs::path& run) {
    EXPECT_EQ(file_verdict(kCheckSchema, run / "result.json"), "valid");
    return json::parse(read_file(run / "result.json"))["tests"];
}

std::vector<std::string> failed(const json& tests, const std::string& strategy) {
    std::vector<std::string> names;
    for (const json& test : tests) {
        if (test["strategy"] == strategy && test["status"] == "failed") names.push_back(test["test"]);
    }
    return names;
}

bool any_matches(const std::vector<std::string>& names, const std::string& pattern) {
    const std::regex regex(pattern);
    for (const std::string& name : names) {
        if (std::regex_match(name, regex)) return true;
    }
    return false;
}

// All strategies.

/// Checks these, which must be as mainline or as declared, and each asked the same.
void expect_conforming(const std::vector<std::string>& strategies) {
    const TemporaryDirectory directory;
    std::vector<std::string> args = {"check", "--out", directory.path.string(), "--strategies"};
    args.push_back(fmt::format("{}", fmt::join(strategies, ",")));
    const ToolRun run = run_tool(args);
    EXPECT_EQ(run.code, 0) << run.out << run.err;
    const json tests = tests_of(directory.path);
    std::map<std::string, std::map<std::string, int>> groups;
    for (const json& test : tests) {
        const std::string name = test["test"];
        ++groups[test["strategy"]][name.substr(0, name.find('/'))];
    }
    for (const std::string& strategy : strategies) {
        for (const GroupInfo& group : kGroups) {
            if (group.machine == GroupMachine::debug) continue;
            EXPECT_GT(groups[strategy][std::string(group.name)], 0) << strategy << ' ' << group.name;
        }
        EXPECT_EQ(groups[strategy], groups[strategies.front()]) << strategy;
    }
    for (const json& test : tests) {
        EXPECT_FALSE(test["strategy"] == "pristine" && test["status"] == "deviation") << test;
    }
}

TEST(Check, StrategiesConform) {
    // relocate is checked by the mistakes' tests as well.
    expect_conforming({"pristine", "array", "pagelist", "shmem", "direct"});
}

TEST(CheckMoreStrategies, Conform) {
    expect_conforming({"pristine", "relocate", "early", "array+nozero", "userstack", "userstack+fallback"});
}

TEST(Check, GoesOnFromTheGuestsThatEnded) {
    const TemporaryDirectory directory;
    const auto check = [&](const std::vector<std::string>& more) {
        std::vector<std::string> args = {"check", "--strategies", "pristine,relocate",    "--groups",
                                         "aslr",  "--out",        directory.path.string()};
        args.insert(args.end(), more.begin(), more.end());
        return run_tool(args);
    };
    ASSERT_EQ(check({}).code, 0);
    const json whole = tests_of(directory.path);
    // As if the run had been interrupted in the second guest.
    fs::remove(directory.path / "result.json");
    ASSERT_TRUE(fs::remove(directory.path / "boots/relocate-serial.json"));
    const ToolRun resumed = check({"--resume"});
    EXPECT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_NE(resumed.err.find("2 guests, 1 of them kept"), std::string::npos) << resumed.err;
    EXPECT_NE(resumed.err.find("boot 1 guests"), std::string::npos) << resumed.err;
    EXPECT_EQ(tests_of(directory.path), whole);
    // Another question is another guest.
    const ToolRun other = check({"--resume", "--seed", "2"});
    EXPECT_EQ(other.code, 0) << other.err;
    EXPECT_EQ(other.err.find("kept"), std::string::npos) << other.err;
}

TEST(Check, BadUsageIsNamed) {
    const ToolRun group = run_tool({"check", "--groups", "argz"});
    EXPECT_EQ(group.code, 2);
    EXPECT_NE(group.err.find("unknown group of tests 'argz' (did you mean 'args'?"), std::string::npos)
        << group.err;
    const ToolRun config = run_tool({"check", "--config", "confrom"});
    EXPECT_EQ(config.code, 2);
    EXPECT_NE(config.err.find("did you mean 'conform'"), std::string::npos) << config.err;
}

// Planted mistakes.

/// A mistake, where it is looked for, and a test that must catch it, by strategy where they differ.
struct Mistake {
    const char* name;
    const char* groups;
    const char* caught_by;
    const char* array_caught_by = nullptr;
};

/// The project's data with strategies "faulty-NAME", each of which stands on NAME and deviates like it.
fs::path plant_mistakes(const fs::path& directory, const std::vector<std::string>& strategies) {
    install_to(directory / "prefix");
    const fs::path kernels = directory / "prefix/share/stackshift/kernels";
    const fs::path faults = PROJECT_DIR "/tests/data/faults";
    for (const std::string& strategy : strategies) {
        const fs::path folder = kernels / "patches" / ("faulty-" + strategy);
        const bool own = fs::exists(faults / strategy);
        for (const fs::path& from : {faults / "all", faults / (own ? strategy : "faulted-in")}) {
            fs::copy(from, folder, fs::copy_options::recursive);
        }
        write_file_atomically(folder / "strategy", "base = " + strategy + "\n");
    }
    return directory / "prefix/bin/stackshift";
}

void expect_caught(const std::vector<std::string>& strategies) {
    const bool array = std::find(strategies.begin(), strategies.end(), "array") != strategies.end();
    std::vector<Mistake> mistakes = {
        {"flip", "chain", "chain/(native|i386)-(no)?aslr-8p"},
        {"memcg", "leaks", "leaks/staged-charge-small"},
        {"leak", "leaks", "leaks/e2big-.*-memory"},
        {"pgtable", "leaks", "leaks/.*-memory"},
        // array has no such limit to forget; what it checks is the number of strings.
        {"rlimit", array ? "environment,args" : "environment", "environment/stack-64k-with-100k-native",
         "args/strings-16384-in-argv-native"},
        {"mask", "aslr", "aslr/native-bits"},
    };
    // What one strategy has and others have not.
    if (strategies == std::vector<std::string>{"shmem"})
        mistakes.push_back({"swapin", "swap", "swap/(mid-copy|before-placing)-succeeds-.*"});
    if (strategies == std::vector<std::string>{"userstack"}) {
        // Its pages are the caller's, and charged as all of the caller's are.
        std::erase_if(mistakes, [](const Mistake& mistake) { return mistake.name == std::string("memcg"); });
        mistakes.push_back({"restore", "parents", "parents/failed-caller-(stack|anonymous)"});
        mistakes.push_back({"clear", "parents", "parents/stack-dirty-(native|i386)-(left|last-word)"});
        mistakes.push_back({"redzone", "parents", "parents/failed-red-zone"});
        mistakes.push_back({"flush", "storm", "storm/remote-flushes"});
    }
    const TemporaryDirectory directory;
    const std::string tool = plant_mistakes(directory.path, strategies).string();
    std::string names;
    for (const std::string& name : strategies) names += (names.empty() ? "faulty-" : ",faulty-") + name;
    const auto check = [&](const std::string& mistake, const std::string& groups) {
        return run_program({tool, "check", "--strategies", names, "--groups", groups, "--append",
                            "exec_fault=" + mistake, "--work-dir", WORK_DIR, "--out",
                            (directory.path / mistake).string()});
    };
    // Without a mistake nothing is caught: what follows is the mistakes' doing.
    const ToolRun sound =
        check("none", array ? "args,chain,leaks,environment,aslr" : "chain,leaks,environment,aslr");
    ASSERT_EQ(sound.code, 0) << sound.out << sound.err;
    for (const Mistake& mistake : mistakes) {
        const ToolRun run = check(mistake.name, mistake.groups);
        EXPECT_EQ(run.code, 1) << mistake.name << ' ' << run.err;
        const json tests = tests_of(directory.path / mistake.name);
        for (const std::string& strategy : strategies) {
            const bool other = strategy == "array" && mistake.array_caught_by != nullptr;
            const char* caught_by = other ? mistake.array_caught_by : mistake.caught_by;
            EXPECT_TRUE(any_matches(failed(tests, "faulty-" + strategy), caught_by))
                << mistake.name << " in " << strategy << '\n'
                << run.out;
        }
    }
}

TEST(CheckMistakes, OfRelocateAndDirectAreCaught) {
    expect_caught({"relocate", "direct"});
}

TEST(CheckMoreMistakes, OfArrayAndPagelistAreCaught) {
    expect_caught({"array", "pagelist"});
}

TEST(CheckMoreMistakes, OfShmemAreCaught) {
    expect_caught({"shmem"});
}

TEST(CheckMoreMistakes, OfUserstackAreCaught) {
    expect_caught({"userstack"});
}

// The debug kernel.

/// What no test of the guest's sees: each kind of mistake is found by its detector, in the lines that are
/// shown.
TEST(CheckDebugMistakes, TheDetectorsSeeWhatTestsDoNot) {
    const TemporaryDirectory directory;
    const std::string tool = plant_mistakes(directory.path, {"direct"}).string();
    struct Planted {
        const char* mistake;
        const char* test;
        const char* shown;
    };
    for (const Planted& planted :
         {Planted{"none", "", ""},
          {"use", "boot/parallel-console", "KASAN: slab-use-after-free in exec_fault_free"},
          {"lose", "churn/kmemleak", "unreferenced object"},
          {"sleep", "boot/parallel-console", "BUG: sleeping function"}}) {
        const std::string mistake = planted.mistake;
        const ToolRun run =
            run_program({tool, "check", "--config", "debug", "--strategies", "faulty-direct", "--groups",
                         "churn", "--append", "churn=40 exec_fault=" + mistake, "--work-dir", WORK_DIR,
                         "--out", (directory.path / mistake).string()});
        if (mistake == "none") {
            ASSERT_EQ(run.code, 0) << run.out << run.err;
            continue;
        }
        EXPECT_EQ(run.code, 1) << mistake << ' ' << run.err;
        bool found = false;
        for (const json& test : tests_of(directory.path / mistake)) {
            found = found || (test["test"] == planted.test && test["status"] == "failed" &&
                              test["seen"].get<std::string>().find(planted.shown) != std::string::npos);
        }
        EXPECT_TRUE(found) << mistake << '\n' << run.out;
        const std::string console =
            read_file(directory.path / mistake / "faulty-direct-parallel.console.log");
        EXPECT_NE(console.find("exec_fault_free"), std::string::npos) << mistake << '\n' << console;
    }
}

/// Half an hour for all: only with ./run.sh test --all.
TEST(CheckDebugWhole, EveryStrategy) {
    const TemporaryDirectory directory;
    const ToolRun run = run_tool({"check", "--config", "debug", "--out", directory.path.string()});
    EXPECT_EQ(run.code, 0) << run.out << run.err;
}

}  // namespace
}  // namespace stackshift
