// SPDX-License-Identifier: MIT
#include "support/pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

#include "util/files.h"

namespace stackshift {
namespace {

constexpr const char* kFirstPage = "README.md";
constexpr const char* kIndex = "docs/README.md";
/// What somebody reads who has not decided yet whether to read on.
constexpr size_t kMostReadmeLines = 150;
constexpr std::string_view kFence = "```";

/// Languages of blocks that are no output: what is typed, and what stands in files and messages.
const std::set<std::string> kOtherLanguages = {"sh", "text", "c", "diff", "yaml"};

/// The rest of a line `<!-- KEY: REST -->`.
std::optional<std::string> comment_of(const std::string& line, const std::string& key) {
    const std::string start = "<!-- " + key + ": ";
    constexpr std::string_view kEnd = " -->";
    if (!line.starts_with(start) || !line.ends_with(kEnd)) return std::nullopt;
    if (line.size() <= start.size() + kEnd.size()) return std::nullopt;
    return line.substr(start.size(), line.size() - start.size() - kEnd.size());
}

PageBlock opened_block(const Lines& lines, size_t fence) {
    PageBlock block;
    block.line = static_cast<int>(fence) + 1;
    block.language = lines[fence].substr(kFence.size());
    const std::string before = fence > 0 ? lines[fence - 1] : "";
    if (const auto command = comment_of(before, "from")) {
        block.origin = PageBlock::Origin::printed;
        block.source = *command;
    } else if (const auto machine = comment_of(before, "measured")) {
        block.origin = PageBlock::Origin::measured;
        block.source = *machine;
    }
    return block;
}

/// Whether a block shows a table of results, whatever language it says it is of: a title that the tables
/// have, or a line of a label and three numbers.
bool looks_like_a_table(const PageBlock& block) {
    static const std::regex title(R"(\((median|mean)\)|^Tests by group)");
    static const std::regex row(R"(^.*\S\s+[-+]?[0-9.]+%?\s{2,}[-+]?[0-9.]+%?\s{2,}[-+]?[0-9.]+%?(\s.*)?$)");
    return std::any_of(block.lines.begin(), block.lines.end(), [](const std::string& line) {
        return std::regex_search(line, title) || std::regex_match(line, row);
    });
}

/// What a reader sees as text: without code blocks and comments, every run of white space one blank, so that
/// a broken line does not matter.
std::string prose_of(const Page& page) {
    static const std::regex comment("<!--[^]*?-->");
    std::string kept;
    bool inside = false;
    for (const std::string& line : lines_of(page.text)) {
        if (line.starts_with(kFence)) {
            inside = !inside;
        } else if (!inside) {
            kept += line + '\n';
        }
    }
    std::istringstream in(std::regex_replace(kept, comment, ""));
    std::string prose;
    for (std::string word; in >> word;) prose += word + ' ';
    return prose;
}

std::string fault_of(const PageBlock& block, const std::string& prose) {
    if (block.origin == PageBlock::Origin::printed) {
        for (const std::string& stage : stages_of(block.source)) {
            const std::string command = "`./run.sh " + stage + '`';
            if (prose.find(command) == std::string::npos)
                return "its text does not name the command " + command;
        }
        return "";
    }
    if (block.origin == PageBlock::Origin::measured) return "";
    if (looks_like_a_table(block)) return "this table does not say where it comes from";
    if (block.language.empty()) return "this block does not say where it comes from, nor its language";
    return kOtherLanguages.contains(block.language) ? "" : "unknown language '" + block.language + "'";
}

/// The name by which links reach a heading.
std::string anchor_of(const std::string& heading) {
    std::string anchor;
    for (const char c : heading) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == ' ') anchor += '-';
        if (std::isalnum(byte) != 0 || c == '-' || c == '_') anchor += static_cast<char>(std::tolower(byte));
    }
    return anchor;
}

std::set<std::string> anchors_of(const Page& page) {
    std::set<std::string> anchors;
    bool inside = false;
    for (const std::string& line : lines_of(page.text)) {
        if (line.starts_with(kFence)) inside = !inside;
        const size_t text = line.find_first_not_of('#');
        if (inside || text == 0 || text == std::string::npos || line[text] != ' ') continue;
        anchors.insert(anchor_of(line.substr(text + 1)));
    }
    return anchors;
}

struct Link {
    std::string target;  ///< path from the project's top
    std::string anchor;
};

/// Links inside the project; those of the web are not followed.
std::vector<Link> links_of(const Page& page) {
    static const std::regex link(R"(\]\(([^)\s]+)\))");
    const std::string prose = prose_of(page);
    std::vector<Link> links;
    for (auto match = std::sregex_iterator(prose.begin(), prose.end(), link); match != std::sregex_iterator();
         ++match) {
        const std::string to = (*match)[1];
        if (to.find("://") != std::string::npos) continue;
        const size_t hash = to.find('#');
        const std::filesystem::path path = to.substr(0, hash);
        const std::filesystem::path whole =
            path.empty() ? std::filesystem::path(page.path)
                         : (std::filesystem::path(page.path).parent_path() / path).lexically_normal();
        std::string target = whole.string();
        if (target.ends_with('/')) target += "README.md";
        links.push_back({target, hash == std::string::npos ? "" : to.substr(hash + 1)});
    }
    return links;
}

std::string fault_of(const Link& link, const std::vector<Page>& pages, const std::filesystem::path& project) {
    const auto page =
        std::find_if(pages.begin(), pages.end(), [&](const Page& p) { return p.path == link.target; });
    if (page == pages.end()) {
        return std::filesystem::exists(project / link.target) ? "" : "links to nothing: " + link.target;
    }
    if (link.anchor.empty() || anchors_of(*page).contains(link.anchor)) return "";
    return fmt::format("links to a heading that {} does not have: {}", link.target, link.anchor);
}

Lines faults_of_index(const std::vector<Page>& pages) {
    std::set<std::string> listed;
    for (const Page& page : pages) {
        if (page.path != kIndex) continue;
        for (const Link& link : links_of(page)) listed.insert(link.target);
    }
    Lines faults;
    for (const Page& page : pages) {
        if (page.path == kIndex || listed.contains(page.path)) continue;
        faults.push_back(fmt::format("{}:1: {} does not link to it", page.path, kIndex));
    }
    return faults;
}

}  // namespace

std::string PageBlock::text() const {
    std::string text;
    for (const std::string& one : lines) text += one + '\n';
    return text;
}

Lines lines_of(const std::string& text) {
    Lines lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::vector<Page> read_pages(const std::filesystem::path& project) {
    std::vector<Page> pages = {{kFirstPage, read_file(project / kFirstPage)}};
    for (const auto& entry : std::filesystem::directory_iterator(project / "docs")) {
        if (entry.path().extension() != ".md") continue;
        pages.push_back({entry.path().lexically_relative(project), read_file(entry.path())});
    }
    std::sort(pages.begin(), pages.end(), [](const Page& a, const Page& b) { return a.path < b.path; });
    return pages;
}

std::vector<PageBlock> blocks_of(const Page& page) {
    std::vector<PageBlock> blocks;
    bool inside = false;
    const Lines lines = lines_of(page.text);
    for (size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].starts_with(kFence)) {
            inside = !inside;
            if (inside) blocks.push_back(opened_block(lines, i));
        } else if (inside) {
            blocks.back().lines.push_back(lines[i]);
        }
    }
    return blocks;
}

Lines split_command(const std::string& command) {
    Lines words;
    bool inside = false;
    bool quoted = false;
    for (const char c : command) {
        if (c == ' ' && !quoted) {
            inside = false;
            continue;
        }
        if (!inside) words.emplace_back();
        inside = true;
        if (c == '\'') {
            quoted = !quoted;
        } else {
            words.back() += c;
        }
    }
    return words;
}

Lines stages_of(const std::string& source) {
    constexpr std::string_view kBar = " | ";
    Lines stages = {""};
    bool quoted = false;
    for (size_t i = 0; i < source.size(); ++i) {
        if (source[i] == '\'') quoted = !quoted;
        if (!quoted && source.compare(i, kBar.size(), kBar) == 0) {
            stages.emplace_back();
            i += kBar.size() - 1;
        } else {
            stages.back() += source[i];
        }
    }
    return stages;
}

bool prints(const std::string& output, const PageBlock& block) {
    if (block.lines.empty()) return false;
    const Lines printed = lines_of(output);
    auto from = printed.begin();
    for (const std::string& line : block.lines) {
        from = std::find(from, printed.end(), line);
        if (from == printed.end()) return false;
        ++from;
    }
    return true;
}

Lines faults_of(const std::vector<Page>& pages, const std::filesystem::path& project) {
    Lines faults = faults_of_index(pages);
    for (const Page& page : pages) {
        const size_t length = lines_of(page.text).size();
        if (page.path == kFirstPage && length > kMostReadmeLines) {
            faults.push_back(fmt::format("{}:{}: has {} lines; {} are the most", page.path,
                                         kMostReadmeLines + 1, length, kMostReadmeLines));
        }
        const std::string prose = prose_of(page);
        for (const PageBlock& block : blocks_of(page)) {
            const std::string fault = fault_of(block, prose);
            if (!fault.empty()) faults.push_back(fmt::format("{}:{}: {}", page.path, block.line, fault));
        }
        for (const Link& link : links_of(page)) {
            const std::string fault = fault_of(link, pages, project);
            if (!fault.empty()) faults.push_back(fmt::format("{}:1: {}", page.path, fault));
        }
    }
    return faults;
}

}  // namespace stackshift
