// SPDX-License-Identifier: MIT
#include "boot/machine.h"

#include <fmt/format.h>

#include "util/error.h"
#include "util/process.h"

namespace stackshift {

std::vector<std::string> EmulatedMachine::args() const {
    // A versioned machine: "pc" would be another one after an upgrade. Memory size moves counts.
    std::vector<std::string> args = {"-machine", "pc-i440fx-7.2", "-m", std::to_string(memory_mib)};
    const auto add = [&](std::initializer_list<std::string> more) { args.insert(args.end(), more); };
    // The MP table, which is where a kernel without ACPI looks, names one CPU per socket.
    const std::string smp = cpus == 1 ? "1" : fmt::format("{0},sockets={0}", cpus);
    add({"-accel", icount ? "tcg" : "tcg,thread=multi", "-smp", smp});
    // One instruction is one nanosecond of guest time, so the guest's TSC is the instruction count; idle time
    // is skipped, not waited for.
    if (icount) add({"-icount", "shift=0,sleep=off"});
    // No host clock reaches the guest.
    add({"-rtc", "base=2026-01-01T00:00:00,clock=vm"});
    // Named features, none from the host. Without ERMS and FSRM a page clear is 513 counted iterations.
    add({"-cpu", "max,la57=off,-erms,-fsrm"});
    // No device that host timing could drive; a panic ends the run.
    add({"-nodefaults", "-display", "none", "-no-reboot"});
    for (const std::string& device : devices) add({"-device", device});
    for (const std::string& plugin : plugins) add({"-plugin", plugin});
    return args;
}

std::string EmulatedMachine::cmdline() const {
    const std::string common = "console=ttyS0 nokaslr random.trust_cpu=on panic=-1";
    // Calibrating the local APIC's timer costs 9 s of emulation under instruction counting, and then fails
    // anyway.
    if (icount) return common + " noapictimer";
    // Its timer wakes a second CPU. All of an emulator's CPUs read one clock, which the kernel cannot know;
    // without tsc=reliable time passes in ticks.
    return common + " tsc=reliable";
}

std::string emulator_version() {
    if (find_program(kEmulator).empty()) {
        throw Error(Exit::environment,
                    fmt::format("{} is not installed: sudo apt-get install qemu-system-x86", kEmulator));
    }
    const std::string text = capture({kEmulator, "--version"});
    return text.substr(0, text.find('\n'));
}

}  // namespace stackshift
