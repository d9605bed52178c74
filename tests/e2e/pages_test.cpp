// SPDX-License-Identifier: MIT
// The exact tables of README.md and docs/ are what the commands that the pages name print: to the digit, on
// any machine that has the same emulator and compiler. docs/testing.md says how a page names them.
#include "support/pages.h"

#include <gtest/gtest.h>

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

/// The blocks that show an output, by the command that prints it.
std::map<std::string, std::vector<Shown>> blocks_by_command(const std::vector<Page>& pages) {
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

TEST(PageTables, AreWhatTheirCommandsPrint) {
    const std::vector<Page> pages = read_pages(PROJECT_DIR);
    std::string text;
    for (const Page& page : pages) text += page.text;
    const auto blocks = blocks_by_command(pages);
    ASSERT_FALSE(blocks.empty());
    for (const auto& [command, shown] : blocks) {
        SCOPED_TRACE(command);
        const TemporaryDirectory directory;
        const std::filesystem::path out = directory.path / "run";
        Lines arguments = split_command(command);
        arguments.insert(arguments.end(), {"--out", out.string()});
        const ToolRun run = run_tool(arguments);
        ASSERT_EQ(run.code, 0) << run.err;
        const auto result = nlohmann::json::parse(read_file(out / "result.json"));
        if (result.contains("environment")) {
            const std::string other = foreign(result["environment"], text);
            if (!other.empty())
                GTEST_SKIP() << "skipped: the figures of the pages are not those of " << other;
        }
        for (const Shown& each : shown) {
            EXPECT_TRUE(prints(run.out, each.block)) << each.place << " shows\n"
                                                     << each.block.text() << "but the command prints\n"
                                                     << run.out;
        }
    }
}

}  // namespace
}  // namespace stackshift
