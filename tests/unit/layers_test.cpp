// SPDX-License-Identifier: MIT
// The rooms of bench/ and the one way that data flows through them: no include runs up.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <sstream>

#include "util/files.h"

namespace stackshift {
namespace {

/// From what everything stands on to the command line. A room may use itself and the rooms of the lines
/// before it; rooms of one line do not use each other. The guest's programs (conform; guest but for its
/// report) are no part of the suite, which takes from them only what both sides must agree on.
const std::vector<std::vector<std::string>> kRooms = {
    {"util"},  {"stats"},  {"target"},         {"matrix"},  {"counters"}, {"exec"},
    {"guest"}, {"run"},    {"results"},        {"kernels"}, {"boot"},     {"lab", "host"},
    {"check"}, {"report"}, {"gate", "export"}, {"page"},    {"commands"}};

std::map<std::string, int> room_levels() {
    std::map<std::string, int> levels;
    for (size_t level = 0; level < kRooms.size(); ++level) {
        for (const std::string& room : kRooms[level]) levels[room] = static_cast<int>(level);
    }
    levels["conform"] =
        levels["results"];  // a guest's program: nothing of the suite above the guest's contract
    return levels;
}

/// Whether a file of `room` may include one of `other`.
bool may_use(const std::string& room, const std::string& other, const std::map<std::string, int>& levels) {
    return room == other || levels.at(other) < levels.at(room);
}

TEST(Layers, NoIncludeRunsUp) {
    const std::map<std::string, int> levels = room_levels();
    const std::filesystem::path bench = PROJECT_DIR "/bench";
    const std::regex include("#include \"([a-z_]+)/");
    int seen = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(bench)) {
        const std::string extension = entry.path().extension();
        if (extension != ".cpp" && extension != ".h") continue;
        const std::string name = entry.path().lexically_relative(bench);
        if (name.find('/') == std::string::npos) continue;  // the command line itself, which may use all
        const std::string room = name.substr(0, name.find('/'));
        ASSERT_TRUE(levels.contains(room)) << name << ": a room that this test does not know";
        std::istringstream lines(read_file(entry.path()));
        for (std::string line; std::getline(lines, line);) {
            std::smatch match;
            if (!std::regex_search(line, match, include)) continue;
            ASSERT_TRUE(levels.contains(match[1])) << name << ": " << line;
            EXPECT_TRUE(may_use(room, match[1], levels)) << name << " runs up: " << line;
            ++seen;
        }
    }
    EXPECT_GT(seen, 300);
}

TEST(Layers, TheRuleRefusesWhatRunsUp) {
    const std::map<std::string, int> levels = room_levels();
    EXPECT_TRUE(may_use("report", "results", levels));
    EXPECT_FALSE(may_use("results", "report", levels));
    EXPECT_FALSE(may_use("host", "lab", levels));
    EXPECT_FALSE(may_use("conform", "kernels", levels));
}

/// A source belongs to the header of its name; a program's main file, a command and a group of conformance
/// tests have none.
TEST(Layers, AHeaderHasTheSourceOfItsName) {
    const std::filesystem::path bench = PROJECT_DIR "/bench";
    const std::regex without(
        "commands/.*|conform/(tests/.*|init)|guest/init|target/.*|report/.*_tables|export/.*_format|page/"
        ".*_figure|"
        "stackshift");
    for (const auto& entry : std::filesystem::recursive_directory_iterator(bench)) {
        if (entry.path().extension() != ".cpp") continue;
        std::filesystem::path stem = entry.path().lexically_relative(bench);
        stem.replace_extension();
        if (std::regex_match(stem.string(), without)) continue;
        EXPECT_TRUE(std::filesystem::exists(bench / (stem.string() + ".h")))
            << stem << ".cpp has no header of its name";
    }
}

}  // namespace
}  // namespace stackshift
