// SPDX-License-Identifier: MIT
// The exact tables of README.md are what the commands beside them print: to the digit, on any machine that
// has the same emulator and compiler.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "run_tool.h"
#include "util/files.h"

namespace stackshift {
namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
    Lines lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

/// With every run of white space as one blank: README breaks long commands.
std::string words_of(const std::string& text) {
    std::istringstream in(text);
    std::string words;
    for (std::string word; in >> word;) words += word + ' ';
    return words;
}

/// The blocks that show an output which is the same everywhere.
std::vector<Lines> exact_blocks(const std::string& readme) {
    std::vector<Lines> blocks;
    bool inside = false;
    for (const std::string& line : lines_of(readme)) {
        if (line.starts_with("```")) {
            inside = !inside;
            if (inside) blocks.emplace_back();
        } else if (inside) {
            blocks.back().push_back(line);
        }
    }
    std::erase_if(blocks, [](const Lines& block) {
        const auto starts = [&](const char* title) { return !block.empty() && block[0].starts_with(title); };
        return !starts("Instructions an exec") && !starts("Phases of an exec") &&
               !starts("Events an exec (mean)") && !starts("Tests by group");
    });
    return blocks;
}

/// Whether an output has all lines of a block.
bool prints(const std::string& output, const Lines& block) {
    const Lines lines = lines_of(output);
    const std::set<std::string> printed(lines.begin(), lines.end());
    return std::all_of(block.begin(), block.end(), [&](const auto& line) { return printed.contains(line); });
}

/// What README does not name of what counted a run: "QEMU emulator version 7.2.22 (...)", "gcc 12.2.0".
std::string foreign(const nlohmann::json& environment, const std::string& readme) {
    for (const char* name : {"emulator", "compiler"}) {
        const std::string version = environment.at(name);
        const std::string number = version.substr(version.find_first_of("0123456789"));
        if (readme.find(number.substr(0, number.find(' '))) == std::string::npos) return version;
    }
    return "";
}

TEST(Readme, ExactTablesAreWhatTheirCommandsPrint) {
    const std::string readme = read_file(PROJECT_DIR "/README.md");
    std::string commands = words_of(readme);
    std::erase(commands, '\'');
    std::vector<Lines> left = exact_blocks(readme);
    const TemporaryDirectory directory;
    for (const Lines& command :
         {Lines{"lab"}, Lines{"lab", "--strategies", "relocate,direct,array,pagelist,early"},
          Lines{"lab", "--profile", "smoke", "--filter", "argv:0p", "--seeds", "20", "--strategies",
                "pristine,prep-nostamps,relocate,direct"},
          Lines{"lab", "--strategies", "relocate,direct,early", "--filter", "argv:(8|34)p/long", "--events",
                "page-faults,tlb:tlb_flush,cycles:k"},
          Lines{"check"}}) {
        std::string typed;
        for (const std::string& word : command) typed += (typed.empty() ? "" : " ") + word;
        SCOPED_TRACE(typed);
        EXPECT_NE(commands.find(typed), std::string::npos) << "README does not name this command";
        const std::filesystem::path out = directory.path / typed.substr(0, typed.find(' '));
        std::filesystem::remove_all(out);
        Lines arguments = command;
        arguments.insert(arguments.end(), {"--out", out.string()});
        const ToolRun run = run_tool(arguments);
        ASSERT_EQ(run.code, 0) << run.err;
        const auto result = nlohmann::json::parse(read_file(out / "result.json"));
        if (result.contains("environment")) {
            const std::string other = foreign(result["environment"], readme);
            if (!other.empty()) GTEST_SKIP() << "skipped: the figures of README are not those of " << other;
        }
        const auto printed = std::erase_if(left, [&](const Lines& block) { return prints(run.out, block); });
        EXPECT_GT(printed, 0U) << "no table of README is in this output:\n" << run.out;
    }
    for (const Lines& block : left) {
        std::string text;
        for (const std::string& line : block) text += line + '\n';
        ADD_FAILURE() << "no command prints this table of README:\n" << text;
    }
}

}  // namespace
}  // namespace stackshift
