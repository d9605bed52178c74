// SPDX-License-Identifier: MIT
#include "kernels/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>

#include "kernels/text.h"
#include "util/error.h"
#include "util/files.h"
#include "util/process.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

bool is_executable(const fs::path& path) {
    return (fs::status(path).permissions() & fs::perms::owner_exec) != fs::perms::none;
}

/// Directories that a deleted file leaves empty go too, as git would have it.
void remove_empty_parents(const fs::path& file, const fs::path& stop) {
    std::error_code error;
    for (fs::path folder = file.parent_path(); folder != stop; folder = folder.parent_path()) {
        if (!fs::remove(folder, error)) break;
    }
}

}  // namespace

PatchedTree::PatchedTree(fs::path root) : root_(std::move(root)) {
    read_list();
}

void PatchedTree::read_list() {
    listed_.clear();
    const std::string text = read_file_or(root_ / "patched", "");
    for (const std::string_view line : split_lines(text)) listed_.emplace_back(line);
}

void PatchedTree::write_list() const {
    std::string text;
    for (const std::string& name : listed_) text += name + "\n";
    write_file_atomically(root_ / "patched", text);
}

bool PatchedTree::is_listed(const std::string& name) const {
    return std::binary_search(listed_.begin(), listed_.end(), name);
}

fs::path PatchedTree::original(const std::string& name) const {
    return root_ / (is_listed(name) ? "pristine" : "src") / name;
}

void PatchedTree::install(const fs::path& place, std::string_view text, bool executable) const {
    // Not beside `place`: a kill in between must leave nothing in the tree. Not synced to the disk either: a
    // mirror installs 90,000 files, and all of this can be made again.
    const fs::path partial = scratch() / ".install";
    make_directories(scratch());
    std::ofstream out(partial, std::ios::binary);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    if (!out)
        throw Error(Exit::environment, fmt::format("cannot write {}: is the disk full?", partial.string()));
    std::error_code error;
    fs::permissions(partial, fs::perms(executable ? 0755 : 0644), error);
    make_directories(place.parent_path());
    fs::rename(partial, place, error);
    if (error) {
        throw Error(Exit::environment, fmt::format("cannot write {}: {}", place.string(), error.message()));
    }
}

void PatchedTree::fill_scratch(const std::vector<std::string>& touched) const {
    fs::remove_all(scratch());
    make_directories(scratch());
    for (const std::string& name : touched) {
        const fs::path from = original(name);
        const fs::file_status status = fs::symlink_status(from);
        if (!fs::exists(status)) continue;
        if (!fs::is_regular_file(status)) {
            throw Error(Exit::run_failed, fmt::format("a patch touches {}, which is no plain file", name));
        }
        make_directories((scratch() / name).parent_path());
        fs::copy_file(from, scratch() / name);
    }
}

void PatchedTree::run_patch(const PatchFile& patch, const std::string& base) const {
    const fs::path output = root_ / "patch.log";
    const char* path = std::getenv("PATH");
    Command command;
    // --fuzz=0: with fuzz a hunk may land where its context differs, and the strategy that is measured would
    // not be the one that was written. Moved lines (offsets) are fine: common patches go before. env -i:
    // POSIXLY_CORRECT, PATCH_GET and QUOTING_STYLE change what patch does and says.
    command.argv = {"env",
                    "-i",
                    fmt::format("PATH={}", path != nullptr ? path : "/usr/bin:/bin"),
                    "LC_ALL=C",
                    "patch",
                    "--strip=1",
                    "--force",
                    "--unified",
                    "--fuzz=0",
                    "--no-backup-if-mismatch",
                    "--reject-file=-",
                    "--quoting-style=literal",
                    "--directory=" + scratch().string(),
                    "--input=" + (root_ / "patch.input").string()};
    command.output = output;
    // What was read (and hashed) is what is applied, even if the file is being edited.
    write_file_atomically(root_ / "patch.input", patch.text);
    if (run(command).ok()) return;
    throw Error(Exit::run_failed, fmt::format("{} does not apply to {}: {}", patch.label, base,
                                              patch_failure(read_file_or(output, ""), base)));
}

void PatchedTree::keep_originals(const std::vector<std::string>& touched) {
    std::vector<std::string> added;
    for (const std::string& name : touched) {
        if (is_listed(name)) continue;
        added.push_back(name);
        // Until it is listed, src/ has the original, whatever an interrupted run left in pristine/.
        const fs::path kept = root_ / "pristine" / name;
        if (fs::exists(source() / name)) {
            const bool executable = is_executable(source() / name);
            write_file_atomically(kept, read_file(source() / name));
            fs::permissions(kept, fs::perms(executable ? 0755 : 0644));
        } else {
            fs::remove(kept);
        }
    }
    if (added.empty()) return;
    listed_.insert(listed_.end(), added.begin(), added.end());
    std::sort(listed_.begin(), listed_.end());
    write_list();
}

/// Gives src/`name` the content of `wanted`, or deletes it where that does not exist. False: it was so
/// already.
bool PatchedTree::sync(const std::string& name, const fs::path& wanted) const {
    const fs::path place = source() / name;
    const bool there = fs::exists(place);
    if (!fs::exists(wanted)) {
        if (!there) return false;
        fs::remove(place);
        remove_empty_parents(place, source());
        return true;
    }
    const std::string text = read_file(wanted);
    const bool executable = is_executable(wanted);
    if (there && is_executable(place) == executable && read_file(place) == text) return false;
    install(place, text, executable);
    return true;
}

/// Applies the patches to copies of the originals in scratch/. Returns the files that they touch, sorted.
std::vector<std::string> PatchedTree::patch_scratch(const std::vector<PatchFile>& patches,
                                                    const std::string& base) const {
    std::set<std::string> all;
    for (const PatchFile& patch : patches) {
        for (std::string& name : touched_files(patch)) all.insert(std::move(name));
    }
    std::vector<std::string> touched(all.begin(), all.end());
    fill_scratch(touched);
    for (const PatchFile& patch : patches) run_patch(patch, base);
    return touched;
}

void PatchedTree::try_apply(const std::vector<PatchFile>& patches, const std::string& base) const {
    patch_scratch(patches, base);
    fs::remove_all(scratch());
}

std::vector<std::string> PatchedTree::apply(const std::vector<PatchFile>& patches, const std::string& base) {
    const std::vector<std::string> touched = patch_scratch(patches, base);
    // From here on nothing can fail but the disk.
    keep_originals(touched);
    std::vector<std::string> changed;
    for (const std::string& name : listed_) {
        const bool patched = std::binary_search(touched.begin(), touched.end(), name);
        if (sync(name, patched ? scratch() / name : root_ / "pristine" / name)) changed.push_back(name);
    }
    fs::remove_all(scratch());
    return changed;
}

}  // namespace stackshift
