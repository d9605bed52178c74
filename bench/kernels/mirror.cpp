// SPDX-License-Identifier: MIT
#include "kernels/mirror.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "kernels/text.h"
#include "util/error.h"
#include "util/files.h"
#include "util/interrupt.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

/// Where `make O=` has built inside the source: its output is no source.
bool is_object_directory(const fs::path& folder) {
    return fs::is_symlink(folder / "source") || fs::exists(folder / ".config");
}

void scan_into(const fs::path& top, const fs::path& folder, std::vector<MirrorEntry>& entries) {
    std::error_code error;
    fs::directory_iterator listing(folder, error);
    if (error) throw Error(Exit::usage, fmt::format("cannot read {}: {}", folder.string(), error.message()));
    for (const auto& item : listing) {
        const fs::path& path = item.path();
        if (item.is_symlink() || !item.is_directory()) {
            struct stat status = {};
            if (lstat(path.c_str(), &status) != 0) {
                throw Error(Exit::usage,
                            fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
            }
            MirrorEntry entry;
            // Not lexically_relative(): that is ten times the cost of the lstat.
            entry.name = path.native().substr(top.native().size() + 1);
            if (S_ISLNK(status.st_mode)) {
                entry.kind = 'l';
            } else if (!S_ISREG(status.st_mode)) {
                continue;
            } else if ((status.st_mode & S_IXUSR) != 0) {
                entry.kind = 'x';
            }
            entry.size = static_cast<std::uintmax_t>(status.st_size);
            entry.modified_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
            entries.push_back(std::move(entry));
        } else if (path.filename() != ".git" && !(folder == top && is_object_directory(path))) {
            scan_into(top, path, entries);
        }
    }
}

std::string render_index(const std::vector<MirrorEntry>& entries) {
    std::string text;
    for (const MirrorEntry& entry : entries) {
        text += fmt::format("{} {} {} {}\n", entry.kind, entry.size, entry.modified_ns, entry.name);
    }
    return text;
}

/// The lines of an index by file name; each line is compared whole.
std::map<std::string_view, std::string_view> parse_index(std::string_view text) {
    std::map<std::string_view, std::string_view> lines;
    for (const std::string_view line : split_lines(text)) {
        size_t name = 0;
        for (int field = 0; field < 3; ++field) name = line.find(' ', name) + 1;
        lines.emplace(line.substr(name), line);
    }
    return lines;
}

void copy_link(const fs::path& from, const fs::path& to) {
    const fs::path target = fs::read_symlink(from);
    if (fs::is_symlink(to) && fs::read_symlink(to) == target) return;
    make_directories(to.parent_path());
    fs::remove_all(to);
    fs::create_symlink(target, to);
}

void copy_entry(const fs::path& from, const MirrorEntry& entry, const fs::path& to, const PatchedTree& tree) {
    if (entry.kind == 'l') {
        copy_link(from, to);
        return;
    }
    const std::string text = read_file(from);
    const bool executable = entry.kind == 'x';
    std::error_code error;
    const fs::file_status status = fs::symlink_status(to, error);
    // Same content under another time (a fresh checkout): an object made of it stays good.
    if (fs::is_regular_file(status) &&
        executable == ((status.permissions() & fs::perms::owner_exec) != fs::perms::none) &&
        read_file(to) == text) {
        return;
    }
    if (fs::is_directory(status)) fs::remove_all(to);
    tree.install(to, text, executable);
}

}  // namespace

std::vector<MirrorEntry> scan_source(const fs::path& directory) {
    std::vector<MirrorEntry> entries;
    entries.reserve(100'000);
    scan_into(directory, directory, entries);
    std::sort(entries.begin(), entries.end(),
              [](const MirrorEntry& a, const MirrorEntry& b) { return a.name < b.name; });
    return entries;
}

std::string fingerprint(const std::vector<MirrorEntry>& entries) {
    return sha256(render_index(entries));
}

void mirror_source(const fs::path& directory, const std::vector<MirrorEntry>& entries,
                   const PatchedTree& tree, const fs::path& index,
                   const std::function<void(size_t, size_t)>& tick) {
    const std::string old_text = read_file_or(index, "");
    const std::string new_text = render_index(entries);
    if (old_text == new_text) return;

    const std::map<std::string_view, std::string_view> had = parse_index(old_text);
    const std::map<std::string_view, std::string_view> has = parse_index(new_text);
    // First an index that vouches for nothing that is about to change: should this be interrupted, neither a
    // file that the user then sets back nor one that he then deletes may be taken for what the tree has.
    std::string safe;
    for (const auto& [name, line] : had) {
        const auto now = has.find(name);
        const bool same = now != has.end() && now->second == line;
        safe += same ? fmt::format("{}\n", line) : fmt::format("? 0 0 {}\n", name);
    }
    for (const auto& [name, line] : has) {
        if (!had.contains(name)) safe += fmt::format("? 0 0 {}\n", name);
    }
    write_file_atomically(index, safe);

    for (const auto& [name, line] : had) {
        if (!has.contains(name)) fs::remove(tree.original(std::string(name)));
    }
    size_t looked_at = 0;
    for (const MirrorEntry& entry : entries) {
        if (looked_at++ % 256 == 0) {
            check_interrupt();
            tick(looked_at, entries.size());
        }
        const auto before = had.find(entry.name);
        if (before != had.end() && before->second == has.at(entry.name)) continue;
        copy_entry(directory / entry.name, entry, tree.original(entry.name), tree);
    }
    write_file_atomically(index, new_text);
}

}  // namespace stackshift
