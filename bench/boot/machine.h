// SPDX-License-Identifier: MIT
// The machine that QEMU emulates for one boot, as data.
#pragma once

#include <string>
#include <vector>

#include "boot/guest_axes.h"
#include "util/spelling.h"

namespace stackshift {

/// Who runs a guest's instructions.
enum class Accelerator {
    tcg,  ///< the emulator
    kvm,  ///< this machine's processor: they take the time that they take there
};
template <>
inline constexpr std::array kSpellings<Accelerator> = {Spelling<Accelerator>{Accelerator::tcg, "tcg"},
                                                       Spelling<Accelerator>{Accelerator::kvm, "kvm"}};

/// An emulated PC without any device that host timing could drive. As it stands: one CPU that counts
/// instructions, so that two boots count the same.
struct EmulatedMachine {
    int cpus = 1;
    Accelerator accelerator = Accelerator::tcg;
    bool icount = true;  ///< instruction counting (tcg alone); without it, CPUs run at the same time and
                         ///< nothing is exact
    int memory_mib = 1024;
    GuestAxes axes = {};               ///< of counting guests
    std::vector<std::string> devices;  ///< operands of -device
    std::vector<std::string> plugins;  ///< operands of -plugin

    /// QEMU's options, each with its reason beside it; without seed, kernel, files and command line.
    std::vector<std::string> args() const;

    /// Options of the guest's kernel command line that this machine needs; each with its reason beside it.
    std::string cmdline() const;
};

/// Throws Error{usage} for a kernel command line that x86 kernels would cut short without a word.
void require_whole_cmdline(const std::string& cmdline);

/// First line of `qemu-system-x86_64 --version`. Throws Error{environment} where it is not installed.
std::string emulator_version();

/// Whether two emulators, by their version lines, count the same on a counting machine: one version, or two
/// that were found to give the same samples (docs/emulator.md).
bool count_alike(const std::string& a, const std::string& b);

/// The emulator's program.
inline constexpr const char* kEmulator = "qemu-system-x86_64";

}  // namespace stackshift
