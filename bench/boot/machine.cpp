// SPDX-License-Identifier: MIT
#include "boot/machine.h"

#include <fmt/format.h>

#include "util/error.h"
#include "util/pattern.h"
#include "util/process.h"

namespace stackshift {
namespace {

/// What is taken from the model, because the emulator lacks it in QEMU 7.2 (to ask for it would be a warning,
/// and another CPU in a newer version), or because counts would mean less with it.
constexpr const char* kCpuWithout[] = {
    "erms",           // QEMU has it: a page clear would be 4096 counted iterations instead of 512
    "rdseed",         // newer than 7.2
    "sha-ni",         // newer than 7.2
    "3dnowprefetch",  // newer than 7.2
    "fxsr-opt",       // not emulated
    "misalignsse",    // not emulated
    "osvw",           // not emulated
    "topoext",        // not emulated
    "nrip-save",      // not emulated
    "xsavec",         // not emulated
};

/// A named model in its first version, which is the same CPU in every QEMU. "max" is another one in each: in
/// 7.2 an AMD of family 15, in 10.0 one of family 6, for which the kernel clears and copies pages by loops
/// (1,558 instructions per exec and 176 per argument page), and which has FSRS (rep stosb: one counted
/// iteration per byte, 556 per exec). Of an EPYC the guest needs
/// - rdrand: the kernel's pool is seeded by it, so by -seed;
/// - an AMD without PCID, as before: what exec's flushes cost is the question, and PCID has QEMU not at all;
/// - no LA57, unless asked for: "no ASLR" is the control because a native stack does not move there.
std::string cpu(const GuestAxes& axes) {
    std::string model = "EPYC-v1";
    for (const char* feature : kCpuWithout) model += std::string(",-") + feature;
    if (axes.la57) model += ",+la57";
    return model;
}

}  // namespace

std::vector<std::string> EmulatedMachine::args() const {
    // A versioned machine: "pc" would be another one after an upgrade. Memory size moves counts.
    // The HPET's emulation was corrected between 7.2 and 10.0: its ticks came at other times. Without it the
    // kernel's ticks are the PIT's. Machines that do not count have it.
    std::vector<std::string> args = {"-machine", icount ? "pc-i440fx-7.2,hpet=off" : "pc-i440fx-7.2", "-m",
                                     std::to_string(memory_mib)};
    const auto add = [&](std::initializer_list<std::string> more) { args.insert(args.end(), more); };
    // The MP table, which is where a kernel without ACPI looks, names one CPU per socket.
    const std::string smp = cpus == 1 ? "1" : fmt::format("{0},sockets={0}", cpus);
    const bool kvm = accelerator == Accelerator::kvm;
    add({"-accel", kvm ? "kvm" : icount ? "tcg" : "tcg,thread=multi", "-smp", smp});
    // One instruction is one nanosecond of guest time, so the guest's TSC is the instruction count; idle time
    // is skipped, not waited for.
    if (icount) add({"-icount", "shift=0,sleep=off"});
    // No host clock reaches the guest.
    add({"-rtc", "base=2026-01-01T00:00:00,clock=vm"});
    // The processor as it is, its PMU and its TSC that never stops among it (a guest that could be moved to
    // another machine has none).
    add({"-cpu", kvm ? "host,migratable=off" : cpu(axes)});
    // All of the guest's memory is there before it starts: no exec waits for a page of the host's.
    if (kvm) add({"-mem-prealloc"});
    // No device that host timing could drive; a panic ends the run.
    add({"-nodefaults", "-display", "none", "-no-reboot"});
    for (const std::string& device : devices) add({"-device", device});
    for (const std::string& plugin : plugins) add({"-plugin", plugin});
    return args;
}

std::string EmulatedMachine::cmdline() const {
    std::string common = "console=ttyS0 nokaslr random.trust_cpu=on panic=-1";
    // This CPU does not need it; the kernel does it when told to.
    if (axes.pti) common += " pti=on";
    // Calibrating the local APIC's timer costs 9 s of emulation under instruction counting, and then fails
    // anyway.
    if (icount) return common + " noapictimer";
    // Its timer wakes a second CPU. All of an emulator's CPUs read one clock, which the kernel cannot know;
    // without tsc=reliable time passes in ticks.
    return common + " tsc=reliable";
}

void require_whole_cmdline(const std::string& cmdline) {
    // COMMAND_LINE_SIZE of arch/x86/include/asm/setup.h, less the NUL.
    constexpr size_t kLongest = 2047;
    if (cmdline.size() <= kLongest) return;
    throw Error(Exit::usage,
                fmt::format("the kernel's command line would be {} bytes long, and x86 kernels read "
                            "{}: shorten what is appended by {}",
                            cmdline.size(), kLongest, cmdline.size() - kLongest));
}

bool count_alike(const std::string& a, const std::string& b) {
    // All samples of profile smoke, seeds 1 and 2, in QEMU 7.2.22, 10.0.13 and 11.1.3.
    static const Pattern found_alike(R"(^QEMU emulator version (7\.2|10\.0|11\.1)\.\d+( |$))");
    return a == b || (found_alike.found_in(a) && found_alike.found_in(b));
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
