// SPDX-License-Identifier: MIT
// README.md and docs/ keep their own rules (docs/testing.md); each rule is seen to fail here, too.
#include "support/pages.h"

#include <gtest/gtest.h>

#include "report/compare.h"
#include "results/load.h"

namespace stackshift {
namespace {

const Page kIndexPage = {"docs/README.md", "# Index\n[first](../README.md) [results](results.md)\n"};

/// A line for each fault.
std::string joined(const Lines& faults) {
    std::string text;
    for (const std::string& fault : faults) text += (text.empty() ? "" : "\n") + fault;
    return text;
}

/// Faults of a small set of pages, of which docs/results.md has this text.
std::string faults_with(const std::string& text) {
    return joined(faults_of({{"README.md", "# One\n[docs](docs/)\n"}, kIndexPage, {"docs/results.md", text}},
                            PROJECT_DIR));
}

TEST(Pages, KeepTheirRules) {
    const std::vector<Page> pages = read_pages(PROJECT_DIR);
    EXPECT_GT(pages.size(), 5U);
    EXPECT_EQ(joined(faults_of(pages, PROJECT_DIR)), "");
    size_t printed = 0;
    for (const Page& page : pages) {
        for (const PageBlock& block : blocks_of(page)) {
            if (block.origin != PageBlock::Origin::printed) continue;
            ++printed;
            EXPECT_FALSE(block.lines.empty()) << page.path << ':' << block.line;
        }
    }
    EXPECT_GE(printed, 6U);
}

/// What `./run.sh lab --all` counted on the machine whose versions the pages name: with these files the test
/// takes a second; page-tables, which counts again, takes minutes.
TEST(Pages, TablesOfTheLabAreThoseOfTheReference) {
    const Result reference =
        load_result(PROJECT_DIR "/results/reference/linux-6.12.117_gcc-12.2.0_qemu-7.2.22_quick.json");
    CompareOptions options;
    options.all = true;
    const std::string out = compare_text({reference}, options);
    std::size_t seen = 0;
    for (const Page& page : read_pages(PROJECT_DIR)) {
        for (const PageBlock& block : blocks_of(page)) {
            if (block.origin != PageBlock::Origin::printed || block.source != "lab --all") continue;
            ++seen;
            EXPECT_TRUE(prints(out, block)) << page.path << ':' << block.line << " shows\n" << block.text();
        }
    }
    EXPECT_GE(seen, 3U);
}

TEST(Pages, ABlockSaysWhereItComesFrom) {
    EXPECT_EQ(faults_with("By `./run.sh lab`:\n\n<!-- from: lab -->\n```\nx\n```\n"), "");
    EXPECT_EQ(faults_with("<!-- measured: a laptop, May -->\n```\nx\n```\n"), "");
    EXPECT_EQ(faults_with("```sh\n./run.sh lab\n```\n"), "");
    EXPECT_EQ(faults_with("text\n```\nx\n```\n"),
              "docs/results.md:2: this block does not say where it comes from, nor its language");
    EXPECT_EQ(faults_with("<!-- from: lab -->\n\n```\nx\n```\n"),
              "docs/results.md:3: this block does not say where it comes from, nor its language");
    EXPECT_EQ(faults_with("<!-- from:  -->\n```\nx\n```\n"),
              "docs/results.md:2: this block does not say where it comes from, nor its language");
    EXPECT_EQ(faults_with("```cobol\nx\n```\n"), "docs/results.md:1: unknown language 'cobol'");
}

TEST(Pages, ATableCannotHideInALanguage) {
    const std::string fault = "docs/results.md:1: this table does not say where it comes from";
    EXPECT_EQ(faults_with("```text\nInstructions an exec (median), self-exec\n```\n"), fault);
    EXPECT_EQ(faults_with("```text\nTests by group and strategy: ...\n```\n"), fault);
    EXPECT_EQ(faults_with("```sh\n    0     59056     59303    +247  +0.42%\n```\n"), fault);
    EXPECT_EQ(faults_with("```sh\n./run.sh lab --seeds 3 --jobs 2\n```\n"), "");
}

TEST(Pages, TheTextNamesTheCommandOfABlock) {
    const std::string block = "<!-- from: lab --filter 'a b' -->\n```\nx\n```\n";
    EXPECT_EQ(faults_with("By `./run.sh lab\n--filter 'a b'`:\n" + block), "");
    EXPECT_EQ(faults_with("By `./run.sh lab`:\n" + block),
              "docs/results.md:3: its text does not name the command `./run.sh lab --filter 'a b'`");
    EXPECT_NE(faults_with("<!-- `./run.sh lab --filter 'a b'` -->\n" + block), "") << "a comment is not read";
}

TEST(Pages, TheTextNamesEachCommandOfABlock) {
    const std::string block = "<!-- from: lab --all | check | thread -->\n```\nx\n```\n";
    EXPECT_EQ(faults_with("`./run.sh lab --all`, `./run.sh check`, `./run.sh thread`:\n" + block), "");
    EXPECT_EQ(faults_with("`./run.sh lab --all`, `./run.sh thread`:\n" + block),
              "docs/results.md:3: its text does not name the command `./run.sh check`");
}

TEST(Pages, LinksLeadSomewhere) {
    EXPECT_EQ(faults_with("[a](../README.md) [b](README.md#index) [c](#own-place)\n# Own place\n"), "");
    EXPECT_EQ(faults_with("[source](../run.sh) [web](https://example.org/none)\n"), "");
    EXPECT_EQ(faults_with("[a](nowhere.md)\n"), "docs/results.md:1: links to nothing: docs/nowhere.md");
    EXPECT_EQ(faults_with("[a](README.md#none)\n"),
              "docs/results.md:1: links to a heading that docs/README.md does not have: none");
    EXPECT_EQ(faults_with("[a](#code)\n```sh\n# code\n```\n"),
              "docs/results.md:1: links to a heading that docs/results.md does not have: code");
}

TEST(Pages, TheIndexHasEachPage) {
    const std::vector<Page> pages = {
        {"README.md", ""}, kIndexPage, {"docs/results.md", ""}, {"docs/new.md", ""}};
    EXPECT_EQ(joined(faults_of(pages, PROJECT_DIR)), "docs/new.md:1: docs/README.md does not link to it");
}

TEST(Pages, TheFirstPageIsShort) {
    const auto faults = [](int lines) {
        std::string text;
        for (int i = 0; i < lines; ++i) text += "line\n";
        return joined(faults_of({{"README.md", text}, kIndexPage, {"docs/results.md", ""}}, PROJECT_DIR));
    };
    EXPECT_EQ(faults(150), "");
    EXPECT_EQ(faults(151), "README.md:151: has 151 lines; 150 are the most");
}

TEST(Pages, ABlockIsPrintedInItsOrder) {
    const PageBlock block = blocks_of({"", "```\none\n\ntwo\n```\n"}).at(0);
    EXPECT_TRUE(prints("zero\none\nmore\n\ntwo\nthree\n", block));
    EXPECT_FALSE(prints("two\none\n\n", block)) << "in another order";
    EXPECT_FALSE(prints("one\n\ntwo \n", block)) << "another line";
    EXPECT_FALSE(prints("one\n\ntwo\n", PageBlock())) << "an empty block shows nothing";
}

TEST(Pages, CommandsAreSplitAsAShellSplitsThem) {
    EXPECT_EQ(split_command("lab --filter 'argv:(8|34)p/long'  --seeds 3"),
              Lines({"lab", "--filter", "argv:(8|34)p/long", "--seeds", "3"}));
    EXPECT_EQ(split_command("a 'b c'd ''"), Lines({"a", "b cd", ""}));
}

TEST(Pages, ABarPartsCommandsButNotWithinQuotes) {
    EXPECT_EQ(stages_of("lab --all | check | thread"), Lines({"lab --all", "check", "thread"}));
    EXPECT_EQ(stages_of("lab --filter 'a | b|c'"), Lines({"lab --filter 'a | b|c'"}));
}

}  // namespace
}  // namespace stackshift
