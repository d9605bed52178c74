// SPDX-License-Identifier: MIT
#include "guest_init.h"

#include <gtest/gtest.h>

#include <set>

#include "boot/initramfs.h"
#include "boot/machine.h"
#include "run_tool.h"
#include "util/files.h"

namespace stackshift {
namespace {

/// Each folder above a file, from the outermost on.
void add_parents(CpioArchive& archive, const std::string& path, std::set<std::string>& made) {
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
        if (made.insert(path.substr(0, slash)).second) archive.add_directory(path.substr(0, slash));
}

}  // namespace

std::string boot_init(const std::string& kernel, const std::string& init,
                      const std::map<std::string, std::string>& programs, const std::string& parameters) {
    const TemporaryDirectory directory;
    CpioArchive archive;
    std::set<std::string> made = {"dev", "proc", "sys", "tmp"};
    for (const std::string& name : made) archive.add_directory(name);
    archive.add_character_device("dev/console", 5, 1);
    archive.add_character_device("dev/null", 1, 3);
    archive.add_character_device("dev/ttyS1", 4, 65);
    archive.add_file("init", read_file(TEST_GUEST_DIR "/" + init), true);
    for (const auto& [path, file] : programs) {
        add_parents(archive, path, made);
        archive.add_file(path, read_file(file), true);
    }
    write_file_atomically(directory.path / "initrd", archive.finish());
    const EmulatedMachine machine;
    std::vector<std::string> argv = {"qemu-system-x86_64"};
    const std::vector<std::string> machine_args = machine.args();
    argv.insert(argv.end(), machine_args.begin(), machine_args.end());
    for (const std::string& argument :
         {std::string("-seed"), std::string("1"), std::string("-serial"),
          "file:" + (directory.path / "console").string(), std::string("-serial"),
          "file:" + (directory.path / "report").string(), std::string("-kernel"),
          WORK_DIR "/kernels/" + kernel + "/bzImage", std::string("-initrd"),
          (directory.path / "initrd").string(), std::string("-append"), machine.cmdline() + parameters}) {
        argv.push_back(argument);
    }
    Process process({.argv = argv});
    for (int i = 0; i < 300 && !process.wait(1000); ++i) {
    }
    process.stop();
    std::string report = read_file_or(directory.path / "report", "");
    EXPECT_TRUE(report.ends_with("\ndone\n")) << kernel << '\n'
                                              << read_file_or(directory.path / "console", "");
    return report;
}

}  // namespace stackshift
