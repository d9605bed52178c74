// SPDX-License-Identifier: MIT
// The exact tables of README.md and docs/ are what the commands that the pages name print: to the digit, on
// any machine that has the same emulator and compiler. docs/testing.md says how a page names them.
#include "support/pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "run_tool.h"
#include "util/files.h"

namespace stackshift {
namespace {

/// A block, and where it stands.
struct Shown {
    std::string place;
    PageBlock block;
};

/// The blocks that show an output, by the commands that print it.
std::map<std::string, std::vector<Shown>> blocks_by_source(const std::vector<Page>& pages) {
    std::map<std::string, std::vector<Shown>> blocks;
    for (const Page& page : pages) {
        for (const PageBlock& block : blocks_of(page)) {
            if (block.origin != PageBlock::Origin::printed) continue;
            blocks[block.source].push_back({page.path + ':' + std::to_string(block.line), block});
        }
    }
    return blocks;
}

/// What the pages do not name of what counted a run: "QEMU emulator version 7.2.22 (...)", "gcc 12.2.0".
std::string foreign(const nlohmann::json& environment, const std::string& pages) {
    for (const char* name : {"emulator", "compiler"}) {
        const std::string version = environment.at(name);
        const std::string number = version.substr(version.find_first_of("0123456789"));
        if (pages.find(number.substr(0, number.find(' '))) == std::string::npos) return version;
    }
    return "";
}

/// A command's run whose directory is kept for those that show it.
struct KeptRun {
    TemporaryDirectory directory;
    std::string out;  ///< what it printed

    std::filesystem::path result() const { return directory.path / "run" / "result.json"; }
};

/// The runs of the pages' commands, each made once. A directory does not move.
using KeptRuns = std::map<std::string, KeptRun>;

void run_once(KeptRuns& runs, const std::string& command) {
    if (runs.contains(command)) return;
    KeptRun& kept = runs[command];
    Lines arguments = split_command(command);
    arguments.insert(arguments.end(), {"--out", kept.result().parent_path().string()});
    const ToolRun run = run_tool(arguments);
    ASSERT_EQ(run.code, 0) << command << '\n' << run.err;
    kept.out = run.out;
}

/// What the last command of a block prints of the runs of the others.
std::string shown_of(const KeptRuns& runs, const Lines& stages) {
    Lines arguments = split_command(stages.back());
    for (std::size_t i = 0; i + 1 < stages.size(); ++i) {
        const std::filesystem::path result = runs.at(stages[i]).result();
        if (nlohmann::json::parse(read_file(result)).at("schema") == "stackshift-check")
            arguments.emplace_back("--check");
        arguments.push_back(result.string());
    }
    const ToolRun run = run_tool(arguments);
    EXPECT_EQ(run.code, 0) << run.err;
    return run.out;
}

TEST(PageTables, AreWhatTheirCommandsPrint) {
    const std::vector<Page> pages = read_pages(PROJECT_DIR);
    std::string text;
    for (const Page& page : pages) text += page.text;
    const auto blocks = blocks_by_source(pages);
    ASSERT_FALSE(blocks.empty());
    KeptRuns runs;
    for (const auto& [source, shown] : blocks) {
        SCOPED_TRACE(source);
        const Lines stages = stages_of(source);
        for (std::size_t i = 0; i < std::max<std::size_t>(stages.size() - 1, 1); ++i) {
            ASSERT_NO_FATAL_FAILURE(run_once(runs, stages[i]));
            const auto result = nlohmann::json::parse(read_file(runs.at(stages[i]).result()));
            if (!result.contains("environment")) continue;
            const std::string other = foreign(result["environment"], text);
            if (!other.empty())
                GTEST_SKIP() << "skipped: the figures of the pages are not those of " << other;
        }
        const std::string out = stages.size() == 1 ? runs.at(source).out : shown_of(runs, stages);
        for (const Shown& each : shown) {
            EXPECT_TRUE(prints(out, each.block)) << each.place << " shows\n"
                                                 << each.block.text() << "but the command prints\n"
                                                 << out;
        }
    }
}

}  // namespace
}  // namespace stackshift
