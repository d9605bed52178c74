// SPDX-License-Identifier: MIT
#include "kernels/diffstat.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <map>

#include "kernels/text.h"
#include "util/pattern.h"

namespace stackshift {
namespace {

/// Without the a/ or b/ before it and a time behind it; empty for /dev/null.
std::string file_of_header(std::string_view line) {
    std::string_view name = line.substr(4);
    name = trim(name.substr(0, name.find('\t')));
    if (name == "/dev/null") return {};
    const std::size_t slash = name.find('/');
    return std::string(slash == std::string_view::npos ? name : name.substr(slash + 1));
}

/// Lines that a hunk's header announces: "@@ -1,7 +1,9 @@".
struct HunkLengths {
    long before = 0;
    long after = 0;
};

HunkLengths lengths_of(const std::string& line) {
    static const Pattern header(R"(^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@)");
    const std::vector<std::string> match = header.groups(line);
    if (match.empty()) return {};
    const auto length = [](const std::string& digits) {
        return digits.empty() ? 1 : std::strtol(digits.c_str(), nullptr, 10);
    };
    return {length(match[1]), length(match[2])};
}

/// Counts one patch. Bodies are read by their announced length, because a removed line "-- a/x" looks like a
/// header.
void count(const PatchFile& patch, std::map<std::string, FileChange>& changes) {
    const std::vector<std::string_view> lines = split_lines(patch.text);
    std::string file;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].starts_with("--- ") && i + 1 < lines.size() && lines[i + 1].starts_with("+++ ")) {
            const std::string before = file_of_header(lines[i]);
            const std::string after = file_of_header(lines[++i]);
            file = after.empty() ? before : after;
            changes[file].file = file;
            continue;
        }
        if (file.empty() || !lines[i].starts_with("@@ ")) continue;
        HunkLengths left = lengths_of(std::string(lines[i]));
        while ((left.before > 0 || left.after > 0) && i + 1 < lines.size()) {
            const char kind = lines[++i].empty() ? ' ' : lines[i].front();
            if (kind == '\\') continue;
            if (kind == '+') ++changes[file].insertions;
            if (kind == '-') ++changes[file].deletions;
            left.before -= kind == '+' ? 0 : 1;
            left.after -= kind == '-' ? 0 : 1;
        }
    }
}

std::string counted(std::size_t number, const char* what) {
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

}  // namespace

std::vector<FileChange> diffstat(const std::vector<PatchFile>& series) {
    std::map<std::string, FileChange> changes;
    for (const PatchFile& patch : series) {
        touched_files(patch);
        count(patch, changes);
    }
    std::vector<FileChange> list;
    for (const auto& [name, change] : changes) list.push_back(change);
    return list;
}

std::vector<FileChange> read_numstat(std::string_view output) {
    std::vector<FileChange> changes;
    static const Pattern row(R"(^(\d{1,18})\t(\d{1,18})\t(.+)$)");
    for (const std::string_view line : split_lines(output)) {
        const std::vector<std::string> match = row.groups(std::string(line));
        if (!match.empty()) changes.push_back({match[3], std::stoul(match[1]), std::stoul(match[2])});
    }
    return changes;
}

std::string change_text(const std::vector<FileChange>& changes) {
    std::size_t insertions = 0;
    std::size_t deletions = 0;
    for (const FileChange& change : changes) {
        insertions += change.insertions;
        deletions += change.deletions;
    }
    return fmt::format("{}, {}, {}", counted(changes.size(), "file"), counted(insertions, "insertion"),
                       counted(deletions, "deletion"));
}

std::vector<std::string> change_lines(const std::vector<FileChange>& changes) {
    std::vector<std::string> lines;
    for (const FileChange& change : changes)
        lines.push_back(fmt::format("{} +{} -{}", change.file, change.insertions, change.deletions));
    return lines;
}

}  // namespace stackshift
