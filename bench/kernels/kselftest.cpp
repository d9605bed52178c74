// SPDX-License-Identifier: MIT
#include "kernels/kselftest.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernels/lock.h"
#include "kernels/source.h"
#include "util/files.h"
#include "util/process.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

/// One program of the folder's Makefile.
struct Source {
    std::string name;
    std::string file;
    std::vector<std::string> how;
};

/// What of the folder is a test by itself. binfmt_script.py needs Python and perl.
std::vector<Source> sources() {
    std::vector<Source> all = {{"execveat", "execveat.c", {"-static"}},
                               {"null-argv", "null-argv.c", {"-static"}},
                               {"recursion-depth", "recursion-depth.c", {"-static"}},
                               {"non-regular", "non-regular.c", {"-static"}}};
    // Told by their names how they were linked. The Makefile's options make files of up to 48 MiB, nearly all
    // holes; the alignment is the same without.
    for (const std::string alignment : {"0x1000", "0x200000", "0x1000000"}) {
        const std::string link = "-Wl,-z,noseparate-code,-z,norelro,-z,max-page-size=" + alignment;
        all.push_back({"load_address." + alignment, "load_address.c", {"-fPIE", "-pie", link}});
        all.push_back({"load_address.static." + alignment, "load_address.c", {"-fPIE", "-static-pie", link}});
    }
    return all;
}

void compile(const fs::path& tree, const Source& source, const fs::path& program) {
    const fs::path tests = tree / "tools/testing/selftests";
    Command command;
    // -w: they are not ours to warn about. An old kernel may lack one.
    command.argv = {"gcc", "-O2", "-w", "-D_GNU_SOURCE", "-I" + tests.string()};
    command.argv.insert(command.argv.end(), source.how.begin(), source.how.end());
    command.argv.insert(command.argv.end(),
                        {(tests / "exec" / source.file).string(), "-o", program.string()});
    run(command);
}

}  // namespace

std::vector<Kselftest> build_kselftests(const KernelPlaces& places, const KernelBase& base) {
    const fs::path work = places.build / ".work";
    const KernelSource source = find_source(places.source, base, work);
    const fs::path directory = places.build / ("kselftest-" + source.id);
    const fs::path done = directory / "source";
    std::string made_of = source.content;
    for (const Source& test : sources())
        made_of += fmt::format("\n{}: {}", test.name, fmt::join(test.how, " "));
    if (read_file_or(done, "") != made_of) {
        const BuildLock lock(work / "lock");
        const PatchedTree tree = prepare_source(source, work);
        make_directories(directory);
        for (const Source& test : sources()) compile(tree.source(), test, directory / test.name);
        write_file_atomically(done, made_of);
    }
    std::vector<Kselftest> tests;
    for (const Source& test : sources()) {
        const fs::path program = directory / test.name;
        tests.push_back({test.name, fs::exists(program) ? program : fs::path()});
    }
    return tests;
}

std::vector<SharedObject> kselftest_libraries() {
    std::vector<SharedObject> objects;
    for (const auto& [name, as] : {std::pair{"ld-linux-x86-64.so.2", "lib64/ld-linux-x86-64.so.2"},
                                   std::pair{"libc.so.6", "lib/libc.so.6"}}) {
        std::string path = capture({"gcc", std::string("-print-file-name=") + name});
        while (!path.empty() && path.back() == '\n') path.pop_back();
        objects.push_back({as, path});
    }
    return objects;
}

}  // namespace stackshift
