// SPDX-License-Identifier: MIT
// README.md and docs/: their code blocks with where each comes from, their links, and what is wrong with
// them. docs/testing.md says the rules. Pure, but for read_pages().
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace stackshift {

using Lines = std::vector<std::string>;

/// A page's text, and its path from the project's top: "docs/results.md".
struct Page {
    std::string path;
    std::string text;
};

/// A code block of a page.
struct PageBlock {
    enum class Origin {
        printed,  ///< `<!-- from: ARGUMENTS -->` stands before it: what a command prints, the same everywhere
        measured,  ///< `<!-- measured: MACHINE, DATE -->`: times of a machine
        none,      ///< nothing stands before it
    };
    int line = 0;  ///< of its opening fence, from 1
    std::string language;
    Origin origin = Origin::none;
    std::string source;  ///< what the line before it says: the commands' arguments, or the machine
    Lines lines;

    std::string text() const;
};

/// README.md and every docs/*.md below `project`, in order of their paths.
std::vector<Page> read_pages(const std::filesystem::path& project);

/// The text's lines, without their ends.
Lines lines_of(const std::string& text);

/// The code blocks of a page, in order.
std::vector<PageBlock> blocks_of(const Page& page);

/// The words of a command line as a shell would split it: blanks separate, single quotes hold together.
Lines split_command(const std::string& command);

/// The commands of a block's source: "lab --all | check | thread" are three, of which the last shows what the
/// others have found. A bar within quotes is none of these.
Lines stages_of(const std::string& source);

/// Whether an output has all lines of a block, in the block's order; it may have others in between.
bool prints(const std::string& output, const PageBlock& block);

/// What is wrong with the pages, a line "PAGE:LINE: ..." for each fault: a block that does not say where it
/// comes from, a command that the page does not name to its readers, a link to nothing, a page that is not in
/// docs/README.md, a README.md that is too long.
Lines faults_of(const std::vector<Page>& pages, const std::filesystem::path& project);

}  // namespace stackshift
