// SPDX-License-Identifier: MIT
#include "check/guest.h"

#include <fmt/format.h>

#include "boot/initramfs.h"
#include "kernels/kselftest.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

void add_program(CpioArchive& archive, const std::filesystem::path& directory, const char* name,
                 const char* as) {
    if (!std::filesystem::exists(directory / name)) {
        throw Error(Exit::environment,
                    fmt::format("guest program missing: {} (build it: ./run.sh check --help)",
                                (directory / name).string()));
    }
    archive.add_file(as, read_file(directory / name), true);
}

}  // namespace

std::string make_check_image(const Places& places, const KernelRequest& request, bool kselftest) {
    CpioArchive archive;
    for (const char* name : {"dev", "proc", "sys", "tmp"}) archive.add_directory(name);
    archive.add_character_device("dev/console", 5, 1);
    archive.add_character_device("dev/null", 1, 3);
    archive.add_character_device("dev/ttyS1", 4, 65);
    add_program(archive, places.guest, "conform", "init");
    for (const char* name : {"probe64", "probe32", "chain64", "chain32"}) {
        add_program(archive, places.guest, name, name);
    }
    if (kselftest) {
        archive.add_directory("kselftest");
        for (const Kselftest& test :
             build_kselftests(kernel_places(request, places), contending_bases(request, places).front())) {
            if (test.program.empty()) continue;
            archive.add_file("kselftest/" + test.name, read_file(test.program), true);
        }
        for (const char* name : {"lib", "lib64"}) archive.add_directory(name);
        for (const SharedObject& object : kselftest_libraries())
            archive.add_file(object.as, read_file(object.file), true);
    }
    return archive.finish();
}

}  // namespace stackshift
