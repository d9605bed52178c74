// SPDX-License-Identifier: MIT
// The conformance tests, tested: every strategy passes as declared, and planted mistakes are caught by the
// tests that are there for them. Kernels with mistakes take exec_fault= on their command line.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "conform/groups.h"
#include "run_tool.h"
#include "util/files.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json tests_of(const fs::path& run) {
    return json::parse(read_file(run / "result.json"))["tests"];
}

std::vector<std::string> failed(const json& tests) {
    std::vector<std::string> names;
    for (const json& test : tests) {
        if (test["status"] == "failed") names.push_back(test["test"]);
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

// --- All strategies
// ---------------------------------------------------------------------------------------------

TEST(Check, EveryStrategyConforms) {
    const TemporaryDirectory directory;
    const ToolRun run = run_tool({"check", "--out", directory.path.string()});
    EXPECT_EQ(run.code, 0) << run.out << run.err;
    const json tests = tests_of(directory.path);
    std::map<std::string, std::map<std::string, int>> groups;
    for (const json& test : tests) {
        const std::string name = test["test"];
        ++groups[test["strategy"]][name.substr(0, name.find('/'))];
    }
    for (const char* strategy : {"pristine", "relocate", "direct", "array", "pagelist", "early"}) {
        for (const GroupName& group : kGroups) {
            if (group.machine == Machine::debug) continue;
            EXPECT_GT(groups[strategy][group.name], 0) << strategy << ' ' << group.name;
        }
        // Every strategy is asked the same.
        EXPECT_EQ(groups[strategy], groups["pristine"]) << strategy;
    }
    for (const json& test : tests) {
        EXPECT_FALSE(test["strategy"] == "pristine" && test["status"] == "deviation") << test;
    }
}

TEST(Check, BadUsageIsNamed) {
    const ToolRun group = run_tool({"check", "--groups", "argz"});
    EXPECT_EQ(group.code, 2);
    EXPECT_NE(group.err.find("unknown group of tests 'argz' (did you mean 'args'?"), std::string::npos)
        << group.err;
    const ToolRun config = run_tool({"check", "--config", "chek"});
    EXPECT_EQ(config.code, 2);
    EXPECT_NE(config.err.find("did you mean 'check'"), std::string::npos) << config.err;
}

// --- Planted mistakes
// -------------------------------------------------------------------------------------------

/// A mistake, where it is looked for, and a test that must catch it.
struct Mistake {
    const char* name;
    const char* groups;
    const char* caught_by;
};

class PlantedMistakes : public testing::TestWithParam<const char*> {
  protected:
    /// The project's data, with a strategy "faulty-NAME" that stands on NAME and deviates like it.
    static fs::path plant(const fs::path& directory, const std::string& strategy) {
        install_to(directory / "prefix");
        const fs::path kernels = directory / "prefix/share/stackshift/kernels";
        const fs::path folder = kernels / "patches" / ("faulty-" + strategy);
        const fs::path faults = PROJECT_DIR "/tests/data/faults";
        const bool own = fs::exists(faults / strategy);
        for (const fs::path& from : {faults / "all", faults / (own ? strategy : "faulted-in")}) {
            fs::copy(from, folder, fs::copy_options::recursive);
        }
        write_file_atomically(folder / "base", strategy + "\n");
        write_file_atomically(folder / "on-request", "by a test\n");
        std::string table;
        std::istringstream lines(read_file(kernels / "deviations"));
        for (std::string line; std::getline(lines, line);) {
            const std::string names = line.substr(0, line.find(" | "));
            std::istringstream words(names);
            bool declared = false;
            for (std::string word; words >> word;) declared = declared || word == strategy;
            table += (declared ? "faulty-" + strategy + " " : "") + line + "\n";
        }
        write_file_atomically(kernels / "deviations", table);
        return directory / "prefix/bin/stackshift";
    }
};

TEST_P(PlantedMistakes, AreCaught) {
    const std::string strategy = GetParam();
    const bool is_array = strategy == "array";
    const std::vector<Mistake> mistakes = {
        {"flip", "chain", "chain/native-aslr-8p"},
        {"memcg", "leaks", "leaks/staged-.*charged.*"},
        {"leak", "leaks", "leaks/.*e2big.*"},
        {"pgtable", "leaks", "leaks/.*page-tables.*"},
        {"rlimit", is_array ? "args" : "environment",
         is_array ? "args/strings-16384-in-argv-native" : "environment/.*stack.*"},
        {"mask", "aslr", "aslr/native.*"},
    };
    const TemporaryDirectory directory;
    const std::string tool = plant(directory.path, strategy).string();
    const auto check = [&](const std::string& name, const std::string& groups) {
        const fs::path out = directory.path / name;
        const ToolRun run =
            run_program({tool, "check", "--strategies", "faulty-" + strategy, "--groups", groups, "--append",
                         "exec_fault=" + name, "--work-dir", BUILD_DIR, "--out", out.string()});
        return std::pair(
            run, fs::exists(out / "result.json") ? failed(tests_of(out)) : std::vector<std::string>{});
    };
    // Without a mistake nothing is caught: what follows is the mistakes' doing.
    const auto [sound, nothing] = check("none", "chain,leaks,aslr");
    ASSERT_EQ(sound.code, 0) << sound.out << sound.err;
    for (const Mistake& mistake : mistakes) {
        const auto [run, names] = check(mistake.name, mistake.groups);
        EXPECT_EQ(run.code, 1) << mistake.name << ' ' << run.err;
        EXPECT_TRUE(any_matches(names, mistake.caught_by)) << mistake.name << '\n' << run.out;
    }
}

INSTANTIATE_TEST_SUITE_P(Kernels, PlantedMistakes,
                         testing::Values("relocate", "direct", "array", "pagelist"));

// --- The debug kernel
// -------------------------------------------------------------------------------------------

TEST(CheckDebug, ACutOnOneStrategy) {
    const TemporaryDirectory directory;
    const ToolRun run = run_tool({"check", "--config", "debug", "--strategies", "direct", "--groups",
                                  "failures,prediction,churn", "--out", directory.path.string()});
    EXPECT_EQ(run.code, 0) << run.out << run.err;
}

/// Some ten minutes a strategy: only with ./run.sh test --all.
TEST(CheckDebugWhole, EveryStrategy) {
    const TemporaryDirectory directory;
    const ToolRun run = run_tool({"check", "--config", "debug", "--out", directory.path.string()});
    EXPECT_EQ(run.code, 0) << run.out << run.err;
}

}  // namespace
}  // namespace stackshift
