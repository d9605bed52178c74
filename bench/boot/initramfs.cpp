// SPDX-License-Identifier: MIT
#include "boot/initramfs.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "matrix/exec_path.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

void pad(std::string& bytes, size_t boundary) {
    bytes.resize((bytes.size() + boundary - 1) / boundary * boundary, '\0');
}

/// The dynamic linkers and C libraries of both ABIs, where dynamic programs look for them.
struct GuestFile {
    const char* name;
    const char* source;  ///< in the directory of the guest's programs
};
constexpr GuestFile kLibraries[] = {{"lib64/ld-linux-x86-64.so.2", "loader64"},
                                    {"lib/x86_64-linux-gnu/libc.so.6", "libc64"},
                                    {"lib/ld-linux.so.2", "loader32"},
                                    {"lib32/libc.so.6", "libc32"}};

void add_program(CpioArchive& archive, std::string_view name, const std::filesystem::path& source) {
    if (!std::filesystem::exists(source)) {
        throw Error(Exit::environment,
                    fmt::format("guest program missing: {} (build it: ./run.sh list)", source.string()));
    }
    archive.add_file(name, read_file(source), true);
}

/// The programs of all exec paths but self-exec's, each once.
std::vector<std::string> path_programs() {
    std::vector<std::string> names;
    const auto add = [&names](std::string_view name, Abi abi) {
        const std::string file = name.empty() ? "" : file_of(name, abi).substr(2);
        if (!file.empty() && std::find(names.begin(), names.end(), file) == names.end())
            names.push_back(file);
    };
    for (const ExecPathInfo& path : kExecPaths) {
        if (path.path == ExecPath::self_exec) continue;
        for (const Abi abi : {Abi::native, Abi::i386}) {
            if (abi == Abi::i386 && !path.has_i386) continue;
            for (const std::string_view name : {path.program, path.child, path.interpreter}) add(name, abi);
        }
    }
    return names;
}

}  // namespace

void CpioArchive::add(std::string_view name, unsigned mode, unsigned major, unsigned minor,
                      std::string_view content) {
    // magic, inode, mode, uid, gid, links, time, size, device (major, minor), rdevice (major, minor), name,
    // check
    bytes_ +=
        fmt::format("070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}",
                    next_inode_++, mode, 0, 0, 1, 0, content.size(), 0, 0, major, minor, name.size() + 1, 0);
    bytes_ += name;
    bytes_ += '\0';
    pad(bytes_, 4);
    bytes_ += content;
    pad(bytes_, 4);
}

void CpioArchive::add_directory(std::string_view name) {
    add(name, S_IFDIR | 0755U, 0, 0, {});
}

void CpioArchive::add_file(std::string_view name, std::string_view content, bool executable) {
    add(name, S_IFREG | (executable ? 0755U : 0644U), 0, 0, content);
}

void CpioArchive::add_character_device(std::string_view name, unsigned major, unsigned minor) {
    add(name, S_IFCHR | 0600U, major, minor, {});
}

std::string CpioArchive::finish() {
    next_inode_ = 0;
    add("TRAILER!!!", 0, 0, 0, {});
    pad(bytes_, 512);
    return std::move(bytes_);
}

std::string make_guest_image(const std::filesystem::path& directory, const std::string& init) {
    CpioArchive archive;
    for (const char* name : {"dev", "proc", "sys", "tmp"}) archive.add_directory(name);
    archive.add_character_device("dev/console", 5, 1);
    archive.add_character_device("dev/null", 1, 3);
    archive.add_character_device("dev/ttyS1", 4, 65);
    add_program(archive, "init", directory / init);
    for (const char* name : {"chain64", "chain32"}) add_program(archive, name, directory / name);
    for (const char* name : {"lib", "lib64", "lib32", "lib/x86_64-linux-gnu"}) archive.add_directory(name);
    for (const GuestFile& file : kLibraries) add_program(archive, file.name, directory / file.source);
    for (const std::string& name : path_programs()) add_program(archive, name, directory / name);
    return archive.finish();
}

std::string make_plan_archive(std::string_view plan_text) {
    CpioArchive archive;
    archive.add_file("plan", plan_text, false);
    return archive.finish();
}

}  // namespace stackshift
