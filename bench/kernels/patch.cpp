// SPDX-License-Identifier: MIT
#include "kernels/patch.h"

#include <fmt/format.h>

#include <cctype>
#include <cstdlib>
#include <set>

#include "kernels/text.h"
#include "util/error.h"
#include "util/pattern.h"

namespace stackshift {
namespace {

// Of what patch prints: longer names than the kernel's, and short enough for every expression.
constexpr size_t kLongestOfPatch = 1000;

bool starts_with_header(std::string_view line, std::string_view header, std::string_view& rest) {
    if (!line.starts_with(header)) return false;
    rest = line.substr(header.size());
    return true;
}

/// "a/fs/exec.c<TAB>date" -> "fs/exec.c", as `patch -p1` reads it; empty for /dev/null.
std::string without_prefix(std::string_view name) {
    name = name.substr(0, name.find('\t'));
    while (!name.empty() && (name.back() == ' ' || name.back() == '\r')) name.remove_suffix(1);
    if (name == "/dev/null") return {};
    const auto slash = name.find('/');
    return slash == std::string_view::npos ? std::string(name) : std::string(name.substr(slash + 1));
}

/// "a/x b/x" of a git header -> "x"; empty where the two differ (then rename or ---/+++ lines name them).
std::string both_sides_of_git_header(std::string_view rest) {
    // Equal names mean equal lengths: the blank between them is in the middle.
    if (rest.size() % 2 == 0 || rest[rest.size() / 2] != ' ') return {};
    const std::string from = without_prefix(rest.substr(0, rest.size() / 2));
    const std::string to = without_prefix(rest.substr(rest.size() / 2 + 1));
    return from == to ? from : std::string();
}

/// Lines of old and new text that a hunk header announces. False where it is no hunk header.
bool hunk_lengths(const std::string& line, long& old_lines, long& new_lines) {
    static const Pattern header(R"(^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@)");
    const std::vector<std::string> match = header.groups(line);
    if (match.empty()) return false;
    old_lines = match[1].empty() ? 1 : std::strtol(match[1].c_str(), nullptr, 10);
    new_lines = match[2].empty() ? 1 : std::strtol(match[2].c_str(), nullptr, 10);
    return true;
}

bool leads_out_of_the_tree(const std::string& name) {
    const std::filesystem::path path(name);
    if (path.is_absolute() || name.starts_with('"')) return true;
    for (const auto& part : path) {
        if (part == ".." || part == ".git") return true;
    }
    return false;
}

/// "Name: value" without regard to the name's case; false for any other line.
bool is_header(std::string_view line, std::string_view name, std::string& value) {
    const size_t colon = line.find(':');
    if (colon != name.size()) return false;
    for (size_t i = 0; i < colon; ++i) {
        if (std::tolower(static_cast<unsigned char>(line[i])) != name[i]) return false;
    }
    value = trim(line.substr(colon + 1));
    for (char& c : value) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return true;
}

/// The encoding in which a mail's text would have to be decoded first, or empty. Looked for in headers only,
/// those of a mail and those of its parts: a commit's message may speak of encodings.
std::string mail_encoding(std::string_view text) {
    bool in_header = true;
    bool multipart = false;
    for (const std::string_view line : split_lines(text)) {
        std::string value;
        if (trim(line).empty()) {
            in_header = false;
        } else if (line.starts_with("From ") || (multipart && line.starts_with("--"))) {
            in_header = true;
        } else if (in_header && is_header(line, "content-type", value)) {
            multipart = multipart || value.starts_with("multipart/");
        } else if (in_header && is_header(line, "content-transfer-encoding", value)) {
            if (value == "quoted-printable" || value == "base64") return value;
        }
    }
    return {};
}

/// A mail that has not been decoded reads as no change (base64), or as one that is not quite what was sent.
void require_decoded(const PatchFile& patch) {
    const std::string encoding = mail_encoding(patch.text);
    if (encoding.empty()) return;
    const std::string name = patch.path.filename();
    throw Error(Exit::usage,
                fmt::format("{} is a mail in {}, which is not decoded here: write it anew with `git mailinfo "
                            "message decoded.patch <{}`",
                            patch.label, encoding, name.empty() ? "MAIL" : name));
}

/// Patch 0 of a series by its name or subject, as git format-patch makes them.
bool is_cover_letter(const PatchFile& patch) {
    static const Pattern subject(R"((?m)^Subject: *\[[^\]\n]*\b0+/[0-9]+\])");
    return patch.path.filename().string().starts_with("0000-") || subject.found_in(patch.text);
}

}  // namespace

std::vector<std::string> touched_files(const PatchFile& patch) {
    require_decoded(patch);
    std::set<std::string> names;
    const std::vector<std::string_view> lines = split_lines(patch.text);
    for (size_t i = 0; i < lines.size(); ++i) {
        std::string_view rest;
        long old_lines = 0;
        long new_lines = 0;
        if (starts_with_header(lines[i], "diff --git ", rest)) {
            names.insert(both_sides_of_git_header(rest));
        } else if (starts_with_header(lines[i], "rename from ", rest) ||
                   starts_with_header(lines[i], "rename to ", rest) ||
                   starts_with_header(lines[i], "copy from ", rest) ||
                   starts_with_header(lines[i], "copy to ", rest)) {
            names.insert(std::string(rest));
        } else if (starts_with_header(lines[i], "--- ", rest) && i + 1 < lines.size() &&
                   lines[i + 1].starts_with("+++ ")) {
            names.insert(without_prefix(rest));
            names.insert(without_prefix(lines[++i].substr(4)));
        } else if (hunk_lengths(std::string(lines[i]), old_lines, new_lines)) {
            // The body is skipped by its announced length: a removed line "-- a/x" looks like a header.
            while ((old_lines > 0 || new_lines > 0) && i + 1 < lines.size()) {
                const char kind = lines[++i].empty() ? ' ' : lines[i].front();
                if (kind == '\\') continue;
                if (kind != '+') --old_lines;
                if (kind != '-') --new_lines;
            }
        }
    }
    names.erase("");
    if (names.empty()) {
        throw Error(Exit::usage,
                    fmt::format("{} holds no change{}", patch.label,
                                is_cover_letter(patch) ? ": it is a series' cover letter; remove it" : ""));
    }
    for (const std::string& name : names) {
        if (leads_out_of_the_tree(name)) {
            throw Error(Exit::run_failed, fmt::format("{} names '{}', which is not a plain path in the tree",
                                                      patch.label, name));
        }
    }
    return {names.begin(), names.end()};
}

std::string patch_subject(const PatchFile& patch) {
    std::string subject;
    for (const std::string_view line : split_lines(patch.text)) {
        const bool folded = line.starts_with(' ') || line.starts_with('\t');
        if (!subject.empty() && !folded) break;
        // What is below may quote a mail's head.
        if (line == "---" || line.starts_with("--- ") || line.starts_with("diff ")) break;
        if (line.starts_with("Subject:"))
            subject = trim(line.substr(8));
        else if (!subject.empty())
            subject += fmt::format(" {}", trim(line));
    }
    if (subject.empty()) return patch.path.stem();
    if (!subject.starts_with('[')) return subject;
    return std::string(
        trim(std::string_view(subject).substr(std::min(subject.find(']'), subject.size() - 1) + 1)));
}

std::string patch_failure(std::string_view output, std::string_view base) {
    static const Pattern file_line(
        R"(^(?:patching|checking) file (.*?)(?: \((?:renamed|copied|read) from .*\))?$)");
    static const Pattern hunk_line(R"(^Hunk #(\d+) FAILED at (\d+))");
    static const Pattern quoted_new(R"(^\|\+\+\+ (.*)$)");
    static const Pattern quoted_old(R"(^\|--- (.*)$)");
    static const Pattern undeleted(R"(^Not deleting file (.*) as content differs from patch)");
    static const Pattern malformed(R"(^patch: \*\*\*\* (.*)$)");
    static const Pattern refused(R"(^File (.*): (git binary diffs are not supported)\.)");

    std::vector<std::string> failures;
    std::string file;
    std::string missing;  // the file named by the text that patch quotes when it finds none
    std::string last;
    for (const std::string_view view : split_lines(output)) {
        const std::string line(view.substr(0, kLongestOfPatch));
        std::vector<std::string> match;
        const auto is = [&](const Pattern& pattern) { return !(match = pattern.groups(line)).empty(); };
        if (!line.empty()) last = line;
        if (is(file_line)) {
            file = match[1];
        } else if (is(hunk_line)) {
            failures.push_back(fmt::format("hunk {} of {} at line {} failed", match[1], file, match[2]));
        } else if (is(undeleted)) {
            failures.push_back(fmt::format("{} is to be deleted, but its content is another", match[1]));
        } else if (is(refused)) {
            failures.push_back(fmt::format("{}: {}", match[1], match[2]));
        } else if (is(malformed)) {
            failures.push_back(match[1]);
        } else if (is(quoted_old) || is(quoted_new)) {
            const std::string name = without_prefix(match[1]);
            if (!name.empty()) missing = name;
        } else if (line.starts_with("No file to patch.")) {
            failures.push_back(missing.empty() ? "it names a file that is not there"
                                               : fmt::format("{} is not in {}", missing, base));
        }
    }
    if (failures.empty()) return last.empty() ? "patch says nothing" : last;
    const size_t others = failures.size() - 1;
    if (others == 0) return failures.front();
    return fmt::format("{} ({} more like it)", failures.front(), others);
}

}  // namespace stackshift
