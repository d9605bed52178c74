// SPDX-License-Identifier: MIT
// kernels/patches: what a strategy's folder may hold, what its file says, and what it takes from its base.
#include "kernels/strategies.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "kernels/strategy_file.h"
#include "kernels/strategy_folder.h"
#include "matrix/plan.h"
#include "report/strategy_text.h"
#include "support/planted_files.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

// The file

StrategyFile parsed(const std::string& text) {
    return parse_strategy_file(text, "mine/strategy");
}

std::string refusal(const std::string& text) {
    return error_of([&] { parsed(text); });
}

TEST(StrategyFile, SaysAll) {
    const StrategyFile file = parsed(
        "# a comment\n\nabout = a list = of pages # by hand\r\n  base=array\ndefault = no\n"
        "failing = .*:33p/.* | execve: E2BIG | 32 pages\n"
        "deviation = args/(a|b) | ^E2BIG | 32 pages | no more\n");
    EXPECT_EQ(file.about, "a list = of pages # by hand");
    EXPECT_EQ(file.base, "array");
    EXPECT_EQ(file.base_where, "mine/strategy:4");
    EXPECT_FALSE(file.by_default);
    ASSERT_EQ(file.declared.failing.size(), 1U);
    EXPECT_EQ(file.declared.failing[0].where, "mine/strategy:6");
    ASSERT_EQ(file.declared.deviations.size(), 1U);
    const Declaration& deviation = file.declared.deviations[0];
    EXPECT_EQ(deviation.where, "mine/strategy:7");
    EXPECT_EQ(deviation.reason, "32 pages | no more");
    EXPECT_TRUE(deviation.is_of("args/b"));
    EXPECT_FALSE(deviation.is_of("args/bb")) << "whole names";
    EXPECT_TRUE(deviation.has_seen("E2BIG instead of ok"));
    EXPECT_FALSE(deviation.has_seen("not E2BIG"));
    EXPECT_FALSE(parsed("on = unpatched\n").common);
}

TEST(StrategyFile, AnEmptyOneSaysNothing) {
    const StrategyFile file = parsed("");
    EXPECT_TRUE(file.common);
    EXPECT_TRUE(file.by_default);
    EXPECT_EQ(file.about + file.base, "");
    EXPECT_TRUE(file.declared.deviations.empty());
}

TEST(StrategyFile, WhatIsNotUnderstoodIsRefusedWithItsLineAndWhatIsRight) {
    EXPECT_TRUE(
        contains(refusal("\nabuot = x\n"), "2 mine/strategy:2: unknown key 'abuot' (did you mean 'about'?"));
    EXPECT_TRUE(contains(refusal("About = x\n"), "did you mean 'about'?"));
    EXPECT_TRUE(
        contains(refusal("a list of pages\n"), "mine/strategy:1: 'a list of pages' is not KEY = VALUE"));
    EXPECT_TRUE(contains(refusal("about =\n"), "'about' has no value"));
    EXPECT_TRUE(contains(refusal("about = x\nabout = y\n"), "mine/strategy:2: a second line 'about'"));
    EXPECT_TRUE(contains(refusal("default = maybe\n"), "it is yes or no"));
    EXPECT_TRUE(contains(refusal("on = nothing\n"), "it is common or unpatched"));
    EXPECT_TRUE(contains(refusal("on = unpatched\nbase = array\n"), "mine/strategy:1: what it stands on"));
    EXPECT_TRUE(contains(refusal("base = array\ninherit = none\n"), "it is all or patches"));
    EXPECT_TRUE(
        contains(refusal("inherit = patches\n"), "mine/strategy:1: there is no base to inherit from"));
}

TEST(StrategyFile, AFaultyDeclarationIsRefused) {
    for (const char* line : {"args/a | E2BIG", "args/a | | why", "args/a|E2BIG|why", "args/a | E2BIG | "}) {
        EXPECT_TRUE(contains(refusal(std::string("deviation = ") + line + "\n"),
                             "mine/strategy:1: write deviation = TESTS | SEEN | REASON"))
            << line;
    }
    EXPECT_TRUE(contains(refusal("failing = x | y\n"), "write failing = CELLS | SEEN | REASON"));
    EXPECT_TRUE(contains(refusal("deviation = args/( | x | why\n"), "'args/(' is not a regular expression"));
    EXPECT_TRUE(contains(refusal("deviation = args/a | ( | why\n"), "'(' is not a regular expression"));
}

TEST(StrategyFile, ADeclarationThatCanMatchNothingIsRefused) {
    EXPECT_TRUE(contains(refusal("deviation = argz/a | x | why\n"),
                         "unknown group of tests 'argz' (did you mean 'args'?"));
    EXPECT_TRUE(contains(refusal("deviation = array | args/a | x | why\n"), "'array' matches no test"));
    EXPECT_EQ(refusal("deviation = .*-big | x | why\n"), "");
    EXPECT_EQ(refusal("deviation = (args|chain)/a | x | why\n"), "");
    EXPECT_TRUE(contains(refusal("failing = :33p/ | x | why\n"), "':33p/' matches no cell's whole name"));
}

// The folder

/// kernels/patches of its own for each test.
class Strategies : public PlantedFiles {
  protected:
    KernelPlaces places() const { return {dir, "", "", "", "", ""}; }
    Strategy read(const std::string& name) const { return read_strategy(places(), name); }
    std::string refusal_of(const std::string& name) const {
        return error_of([&] { read(name); });
    }
};

TEST_F(Strategies, AreListedInTheirOrder) {
    put("common/0002-b.patch", "");
    put("common/0001-a.patch", "");
    put("common/config", "CONFIG_EXEC_PHASES=y\n");
    put("direct/0001-d.patch", "");
    put("direct/strategy", "about = writes at the final place\n");
    put("direct/config", "CONFIG_X=y\n");
    put("direct/README", "notes\n");
    put("direct/README.md", "notes\n");
    put("direct/.0001-d.patch.swp", "");
    put("another/strategy", "default = no\n");
    put("relocate/README", "");
    put("pristine/strategy", "on = unpatched\n");
    put("README", "");
    put(".git/config", "");
    const std::vector<Strategy> list = list_strategies(places());
    Names names;
    for (const Strategy& strategy : list) names.push_back(strategy.name);
    EXPECT_EQ(names, (Names{"pristine", "relocate", "another", "direct"}));
    EXPECT_FALSE(list[0].common);
    EXPECT_TRUE(list[0].patches.empty());
    EXPECT_TRUE(list[0].config_fragments.empty());
    EXPECT_TRUE(list[1].by_default) << "a folder without a file `strategy` is one";
    EXPECT_FALSE(list[2].by_default);
    EXPECT_EQ(list[3].about, "writes at the final place");
    EXPECT_EQ(list[3].patches,
              (std::vector<fs::path>{dir / "common/0001-a.patch", dir / "common/0002-b.patch",
                                     dir / "direct/0001-d.patch"}));
    EXPECT_EQ(list[3].config_fragments,
              (std::vector<fs::path>{dir / "common/config", dir / "direct/config"}));
}

TEST_F(Strategies, AnUnknownNameHasANearest) {
    put("relocate/README", "");
    EXPECT_TRUE(contains(refusal_of("relocat"), "2 unknown strategy 'relocat' (did you mean 'relocate'?"));
    EXPECT_TRUE(contains(refusal_of("common"), "unknown strategy 'common'"));
}

TEST_F(Strategies, AnotherFoldersFaultIsNoFaultOfThis) {
    put("good/0001-a.patch", "");
    put("bad/0001-a.diff", "");
    EXPECT_EQ(refusal_of("good"), "");
    EXPECT_TRUE(contains(refusal_of("bad"), "kernels/patches/bad/0001-a.diff"));
    EXPECT_TRUE(contains(error_of([&] { list_strategies(places()); }), "kernels/patches/bad/0001-a.diff"));
}

TEST_F(Strategies, WhatIsNotUsedIsRefusedByName) {
    const std::vector<std::pair<std::string, std::string>> refused = {
        {"0001.diff", "would not be applied: rename it to 0001.patch"},
        {"0001.mbx", "would not be applied: rename it to 0001.patch"},
        {"0001.PATCH", "would not be applied: rename it to 0001.patch"},
        {"0001.patch.txt", "would not be applied: rename it to 0001.patch"},
        {"0001.eml", "would not be applied: rename it to 0001.patch"},
        {"0001.patch.gz", "is packed"},
        {"0001.patch~", "leftover of an editor"},
        {"exec.c.rej", "leftover of an editor"},
        {"#0001.patch#", "leftover of an editor"},
        {"patches/0001.patch", "kernels/patches/mine/patches is a folder"},
        {"0001.patch/x", "kernels/patches/mine/0001.patch is a folder"},
        {"config/x", "kernels/patches/mine/config is a folder"},
        {"Config", "did you mean 'config'?"},
        {"strategy.txt", "did you mean 'strategy'?"},
        {"stratgey", "did you mean 'strategy'?"},
        {"a-long-list-of-things-to-do", "is not known: notes go into README"},
        {"about", "write `about = TEXT` into the file `strategy`"},
        {"base", "write `base = NAME` into"},
        {"no-common", "write `on = unpatched` into"},
        {"on-request", "write `default = no` into"},
        {"declared-failures", "write `failing = CELLS | SEEN | REASON` into"}};
    for (const auto& [file, advice] : refused) {
        put("mine/0000.patch", "");
        put("mine/" + file, "");
        const std::string said = refusal_of("mine");
        EXPECT_TRUE(said.starts_with("2 kernels/patches/mine/" + file.substr(0, file.find('/'))))
            << file << ": " << said;
        EXPECT_TRUE(contains(said, advice)) << file << ": " << said;
        fs::remove_all(dir / "mine");
    }
    fs::create_directories(dir / "mine");
    fs::create_symlink("gone", dir / "mine/0001.patch");
    EXPECT_TRUE(contains(refusal_of("mine"), "kernels/patches/mine/0001.patch is no file that can be read"));
}

TEST_F(Strategies, CommonHoldsNoFileOfAStrategy) {
    put("mine/0001.patch", "");
    put("common/strategy", "about = x\n");
    EXPECT_TRUE(contains(refusal_of("mine"), "kernels/patches/common/strategy: common is no strategy"));
    fs::remove(dir / "common/strategy");
    put("common/0001.diff", "");
    EXPECT_TRUE(contains(refusal_of("mine"), "kernels/patches/common/0001.diff would not be applied"));
}

TEST_F(Strategies, APatchBesideTheFoldersBelongsToNone) {
    put("mine/0001.patch", "");
    put("0001-mine.patch", "");
    EXPECT_TRUE(contains(refusal_of("mine"), "2 kernels/patches/0001-mine.patch belongs to no strategy"));
}

TEST_F(Strategies, ANameThatIsNoPlainNameIsRefused) {
    put("Big Name/strategy", "");
    EXPECT_TRUE(error_of([&] { list_strategies(places()); }).starts_with("2 kernels/patches/Big"));
    EXPECT_TRUE(error_of([&] {
                    list_strategies({dir / "none", "", "", "", "", ""});
                }).starts_with("4 cannot read"));
}

// The base

TEST_F(Strategies, TakeAllFromTheirBaseButNameAndDefault) {
    put("common/0001-a.patch", "");
    put("array/0001-b.patch", "");
    put("array/config", "CONFIG_X=y\n");
    put("array/strategy",
        "about = 32 pages\ndefault = no\nfailing = .*:33p/.* | E2BIG | 32 pages\n"
        "deviation = args/big | E2BIG | 32 pages\n");
    put("array+nozero/strategy", "base = array\ndeviation = leaks/x | ^1 | its own\n");
    put("array+nozero/0001-c.patch", "");
    put("array+nozero/config", "CONFIG_X=n\n");
    put("third/strategy", "base = array+nozero\n");
    const Strategy second = read("array+nozero");
    EXPECT_EQ(second.bases, Names{"array"});
    EXPECT_EQ(second.about, "");
    EXPECT_TRUE(second.by_default) << "whether it runs by default is its own matter";
    EXPECT_EQ(second.patches, (std::vector<fs::path>{dir / "common/0001-a.patch", dir / "array/0001-b.patch",
                                                     dir / "array+nozero/0001-c.patch"}));
    EXPECT_EQ(second.config_fragments,
              (std::vector<fs::path>{dir / "array/config", dir / "array+nozero/config"}));
    EXPECT_EQ(second.declared.file, "kernels/patches/array+nozero/strategy");
    ASSERT_EQ(second.declared.failing.size(), 1U);
    const Strategy third = read("third");
    EXPECT_EQ(third.bases, (Names{"array+nozero", "array"}));
    Names where;
    for (const Declaration& deviation : third.declared.deviations) where.push_back(deviation.where);
    EXPECT_EQ(where, (Names{"kernels/patches/array/strategy:4", "kernels/patches/array+nozero/strategy:2"}));
}

TEST_F(Strategies, MayTakePatchesAloneFromTheirBase) {
    put("array/0001-b.patch", "");
    put("array/config", "CONFIG_X=y\n");
    put("array/strategy",
        "on = unpatched\nfailing = .*:33p/.* | E2BIG | 32 pages\n"
        "deviation = args/big | E2BIG | 32 pages\n");
    put("array+more/strategy", "base = array\ninherit = patches\ndeviation = leaks/x | ^1 | its own\n");
    put("array+more/0001-c.patch", "");
    const Strategy strategy = read("array+more");
    EXPECT_EQ(strategy.patches,
              (std::vector<fs::path>{dir / "array/0001-b.patch", dir / "array+more/0001-c.patch"}));
    EXPECT_EQ(strategy.config_fragments, std::vector<fs::path>{dir / "array/config"});
    EXPECT_TRUE(strategy.declared.failing.empty());
    ASSERT_EQ(strategy.declared.deviations.size(), 1U);
    EXPECT_EQ(strategy.declared.deviations[0].where, "kernels/patches/array+more/strategy:3");
}

TEST_F(Strategies, StandOnUnpatchedSourceAsTheirBaseDoes) {
    put("common/0001-a.patch", "");
    put("pristine/strategy", "on = unpatched\n");
    put("bare/strategy", "base = pristine\n");
    EXPECT_FALSE(read("bare").common);
    EXPECT_TRUE(read("bare").patches.empty());
}

TEST_F(Strategies, ABaseThatIsNoneIsRefused) {
    put("array/README", "");
    put("lost/strategy", "# x\nbase = arry\n");
    EXPECT_TRUE(
        contains(refusal_of("lost"),
                 "2 kernels/patches/lost/strategy:2: unknown strategy 'arry' (did you mean 'array'?"));
    put("lost/strategy", "base = common\n");
    EXPECT_TRUE(contains(refusal_of("lost"), "unknown strategy 'common'"));
    put("lost/strategy", "base = lost\n");
    EXPECT_TRUE(contains(refusal_of("lost"), "'lost' would be its own base (lost on lost)"));
    put("lost/strategy", "base = turn\n");
    put("turn/strategy", "base = lost\n");
    EXPECT_TRUE(
        contains(refusal_of("lost"),
                 "kernels/patches/turn/strategy:1: 'lost' would be its own base (lost on turn on lost)"));
    put("array/0001.diff", "");
    put("lost/strategy", "base = array\n");
    EXPECT_TRUE(contains(refusal_of("lost"), "kernels/patches/array/0001.diff"));
}

// Bases

TEST_F(Strategies, APatchInTheFolderItselfIsForEveryBase) {
    put("common/7.3/0001-c.patch", "");
    put("common/6.12/0001-old.patch", "");
    put("mine/0001-m.patch", "");
    const Strategy mine = read_strategy(places(), "mine", "7.3");
    EXPECT_EQ(mine.patches,
              (std::vector<fs::path>{dir / "common/7.3/0001-c.patch", dir / "mine/0001-m.patch"}));
    EXPECT_EQ(mine.unported, "");
    EXPECT_EQ(folder_label(mine.patches[0]), "kernels/patches/common/7.3/0001-c.patch");
    EXPECT_EQ(read("mine").patches.front(), dir / "common/6.12/0001-old.patch");
}

TEST_F(Strategies, AFolderOfABaseIsForThatBaseAlone) {
    put("array/6.12/0001-a.patch", "");
    put("array/7.3/0001-b.patch", "");
    put("array/7.3/config", "CONFIG_X=y\n");
    put("array/7.3/strategy", "deviation = args/a | x | only there\n");
    put("array/strategy", "deviation = args/b | x | everywhere\n");
    put("array+more/6.12/0001-c.patch", "");
    put("array+more/strategy", "base = array\n");
    EXPECT_EQ(read("array").declared.deviations.size(), 1U);
    const Strategy ported = read_strategy(places(), "array", "7.3");
    EXPECT_EQ(ported.patches, (std::vector<fs::path>{dir / "array/7.3/0001-b.patch"}));
    EXPECT_EQ(ported.config_fragments.size(), 1U);
    ASSERT_EQ(ported.declared.deviations.size(), 2U);
    EXPECT_EQ(ported.declared.deviations[0].where, "kernels/patches/array/7.3/strategy:1");
    EXPECT_EQ(read_strategy(places(), "array+more", "7.3").unported, "array+more");
    EXPECT_EQ(read_strategy(places(), "array+more", "7.4").unported, "array") << "the first that lacks it";
    KernelBase old;
    KernelBase recent;
    recent.name = "7.3";
    EXPECT_EQ(ported_bases(places(), "array", {old, recent}), (Names{"6.12", "7.3"}));
    EXPECT_EQ(ported_bases(places(), "array+more", {old, recent}), (Names{"6.12"}));
}

TEST_F(Strategies, ASeriesHasSteps) {
    put("common/0001-a.patch", "");
    put("relocate/README", "");
    put("pristine/strategy", "on = unpatched\n");
    put("array/6.12/0001-d.patch", "");
    put("array/6.12/0002-e.patch", "");
    put("array/7.3/0001-f.patch", "");
    put("array/strategy", "deviation = args/.* | x | why\nfailing = .*:33p/.* | x | why\n");
    put("array+more/strategy", "base = array\nabout = more of it\ndefault = no\n");
    put("array+more/6.12/0001-g.patch", "");
    put("own/strategy", "on = unpatched\n");
    put("own/0001-h.patch", "");

    const Strategy first = read("array.1");
    EXPECT_EQ(first.name, "array.1");
    EXPECT_TRUE(first.is_step);
    EXPECT_EQ(first.patches,
              (std::vector<fs::path>{dir / "common/0001-a.patch", dir / "array/6.12/0001-d.patch"}));
    ASSERT_EQ(first.declared.deviations.size(), 1U);
    EXPECT_TRUE(first.declared.deviations[0].at_times) << "it may not have come to that yet";
    EXPECT_TRUE(first.declared.failing[0].at_times);
    EXPECT_FALSE(read("array").declared.deviations[0].at_times);
    EXPECT_EQ(read("array.2").patches, read("array").patches);
    EXPECT_FALSE(read("array").is_step);
    EXPECT_EQ(read("array").own_patches, 2U);
    EXPECT_EQ(read("array+more").own_patches, 1U);
    EXPECT_EQ(read("array+more.1").patches.size(), 4U) << "with all that it stands on";

    EXPECT_EQ(series_names(places(), "array"), (Names{"relocate", "array.1", "array.2"}));
    EXPECT_EQ(series_names(places(), "array", "7.3"), (Names{"relocate", "array.1"}));
    EXPECT_EQ(series_names(places(), "array+more"), (Names{"array", "array+more.1"}));
    EXPECT_EQ(series_names(places(), "own"), (Names{"pristine", "own.1"}));

    EXPECT_TRUE(contains(refusal_of("array.3"), "2 array.3: the steps of array are array.1 to array.2"));
    EXPECT_TRUE(contains(refusal_of("array.0"), "the steps of array are"));
    EXPECT_TRUE(contains(refusal_of("aray.1"), "unknown strategy 'aray.1'"));
    EXPECT_TRUE(contains(error_of([&] { series_names(places(), "relocate"); }),
                         "2 relocate has no patches of its own for 6.12"));
    EXPECT_EQ(read_strategy(places(), "array+more.1", "7.3").unported, "array+more");
    // A folder's name is a name, whatever it ends in.
    put("array.1/0001-i.patch", "");
    EXPECT_FALSE(read("array.1").is_step);
}

TEST_F(Strategies, WhatIsNoBaseOrBesideOneIsRefused) {
    put("mine/v7.3/0001-a.patch", "");
    EXPECT_TRUE(contains(refusal_of("mine"), "kernels/patches/mine/v7.3 is a folder"));
    put("both/7.3/0001-a.patch", "");
    put("both/0001-b.patch", "");
    EXPECT_TRUE(contains(refusal_of("both"), "kernels/patches/both/0001-b.patch would be for every base"));
    put("deep/7.3/6.12/0001-a.patch", "");
    EXPECT_TRUE(contains(error_of([&] { read_strategy(places(), "deep", "7.3"); }),
                         "kernels/patches/deep/7.3/6.12 is a folder"));
    put("port/7.3/strategy", "about = x\n");
    EXPECT_TRUE(contains(error_of([&] { read_strategy(places(), "port", "7.3"); }),
                         "kernels/patches/port/7.3/strategy:1: unknown key 'about'"));
}

// The project's

TEST(ProjectStrategies, ThoseThatRunByDefaultArePortedToTheCommonGround) {
    const KernelPlaces places{PROJECT_DIR "/kernels/patches", "", "", "", PROJECT_DIR "/kernels/bases", ""};
    for (const KernelBase& base : list_bases(places.bases)) {
        for (const char* name : {"pristine", "relocate", "array", "direct", "pagelist", "shmem"})
            EXPECT_EQ(read_strategy(places, name, base.name).unported, "") << name << " on " << base.name;
    }
}

TEST(ProjectStrategies, DeclareWhatTheyAlwaysDid) {
    const KernelPlaces places{PROJECT_DIR "/kernels/patches", "", "", "", "", ""};
    std::map<std::string, size_t> deviations;
    std::map<std::string, size_t> failing;
    for (const Strategy& strategy : list_strategies(places)) {
        EXPECT_NE(strategy.about, "") << strategy.name;
        deviations[strategy.name] = strategy.declared.deviations.size();
        failing[strategy.name] = strategy.declared.failing.size();
    }
    // What others deviate from, and what moves the stack as mainline does.
    for (const char* name : {"pristine", "relocate", "early", "prep-nostamps"}) {
        EXPECT_EQ(deviations.at(name), 0U) << name;
        EXPECT_EQ(failing.at(name), 0U) << name;
    }
    // Those that stand on others inherit all; array+nozero has its active list beside that.
    EXPECT_GT(deviations.at("array"), 0U);
    EXPECT_EQ(deviations.at("array+nozero"), deviations.at("array") + 1);
    EXPECT_GT(deviations.at("pagelist"), 0U);
    for (const char* name : {"pagelist+nozero", "pagelist+bulk", "pagelist+cleanup"})
        EXPECT_EQ(deviations.at(name), deviations.at("pagelist")) << name;
    for (const char* name : {"relocate+lengths", "relocate+bulk", "relocate+expand"})
        EXPECT_EQ(deviations.at(name), 0U) << name;
    EXPECT_GT(deviations.at("direct"), 0U);
    EXPECT_EQ(failing.at("array+nozero"), 1U);
}

TEST(ProjectStrategies, ArraysLimitCoversTheMatrix) {
    const KernelPlaces places{PROJECT_DIR "/kernels/patches", "", "", "", "", ""};
    const Strategy array = read_strategy(places, "array");
    ASSERT_EQ(array.declared.failing.size(), 1U);
    for (const Cell& cell : all_cells()) {
        EXPECT_EQ(array.declared.failing[0].is_of(cell.name()), cell.pages > 32) << cell.name();
    }
}

// In words

TEST_F(Strategies, AreShownWhole) {
    put("common/0001-a.patch", "");
    put("array/0001-b.patch", "");
    put("array/strategy",
        "failing = .*:33p/.* | E2BIG | 32 pages\ndeviation = args/big | E2BIG | 32 pages\n");
    put("mine/strategy", "base = array\nabout = the best\ndefault = no\n");
    put("mine/0001-c.patch", "");
    EXPECT_EQ(strategy_text(read("mine"), {{"CONFIG_X", "y", "kernels/patches/mine/config"}},
                            {SeriesTrial::Verdict::applies, "6.12.117", ""}),
              "mine: the best\n"
              "stands on array, which stands on the common patches\n"
              "runs only where --strategies names it\n"
              "\n"
              "patches, in the order in which they are applied:\n"
              "  kernels/patches/common/0001-a.patch\n"
              "  kernels/patches/array/0001-b.patch\n"
              "  kernels/patches/mine/0001-c.patch\n"
              "\n"
              "configuration that it asks for:\n"
              "  CONFIG_X=y  (kernels/patches/mine/config)\n"
              "\n"
              "declared deviations of `./run.sh check`: 1\n"
              "  kernels/patches/array/strategy:2: args/big | E2BIG | 32 pages\n"
              "\n"
              "declared failing cells of `./run.sh lab`: 1\n"
              "  kernels/patches/array/strategy:1: .*:33p/.* | E2BIG | 32 pages\n"
              "\n"
              "applies: yes, to 6.12.117\n");
}

TEST_F(Strategies, AreToldWhatIsMissing) {
    put("mine/0001-c.patch", "");
    const std::string text = strategy_text(
        read("mine"), {},
        {SeriesTrial::Verdict::does_not_apply, "6.12.117", "mine/0001-c.patch does not apply: hunk 3"});
    EXPECT_TRUE(contains(text, "applies: no: mine/0001-c.patch does not apply: hunk 3\n")) << text;
    EXPECT_TRUE(contains(text, "no line `about = TEXT` in kernels/patches/mine/strategy")) << text;
    EXPECT_TRUE(contains(text, "no deviation: right if `./run.sh check --strategies mine` passes")) << text;
    put("relocate/strategy", "about = mainline's\n");
    const std::string whole = strategy_text(read("relocate"), {}, {});
    EXPECT_TRUE(contains(whole, "applies: there is nothing to apply\n")) << whole;
    EXPECT_FALSE(contains(whole, "not there:")) << whole;
}

}  // namespace
}  // namespace stackshift
