// SPDX-License-Identifier: MIT
#include "lab/kselftest.h"

#include <fmt/format.h>

#include <algorithm>

#include "lab/kernel_lock.h"
#include "lab/kernel_source.h"
#include "util/files.h"
#include "util/process.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

// What of the folder is a test by itself. load_address needs PIE variants of libc, the others scripts and
// programs that a guest does not have.
constexpr const char* kNames[] = {"execveat", "null-argv", "recursion-depth", "non-regular"};

void compile(const fs::path& source, const std::string& name, const fs::path& program) {
    const fs::path tests = source / "tools/testing/selftests";
    Command command;
    // -w: they are not ours to warn about. An old kernel may lack one.
    command.argv = {"gcc",
                    "-O2",
                    "-w",
                    "-static",
                    "-D_GNU_SOURCE",
                    "-I" + tests.string(),
                    (tests / "exec" / (name + ".c")).string(),
                    "-o",
                    program.string()};
    run(command);
}

}  // namespace

std::vector<Kselftest> build_kselftests(const KernelPlaces& places) {
    const KernelSource source = find_source(places.source);
    const fs::path directory = places.build / ("kselftest-" + source.id);
    const fs::path done = directory / "source";
    if (read_file_or(done, "") != source.content) {
        const fs::path work = places.build / ".work";
        const BuildLock lock(work / "lock");
        const PatchedTree tree = prepare_source(source, work);
        make_directories(directory);
        for (const char* name : kNames) compile(tree.source(), name, directory / name);
        write_file_atomically(done, source.content);
    }
    std::vector<Kselftest> tests;
    for (const char* name : kNames) {
        const fs::path program = directory / name;
        tests.push_back({name, fs::exists(program) ? program : fs::path()});
    }
    return tests;
}

}  // namespace stackshift
