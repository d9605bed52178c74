// SPDX-License-Identifier: MIT
// The exact instrument: boots guests in QEMU TCG with instruction counting and judges how each boot ended.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "guest/report.h"
#include "lab/kernels.h"

namespace stackshift {

/// What QEMU 7.2 is told so that two boots count the same: each option has its reason in boot.cpp. Without
/// the seed, kernel, files and command line.
const std::vector<std::string>& exact_machine_args();

/// The guest's kernel command line.
std::string exact_cmdline();

/// One boot: a kernel under one seed.
struct BootSpec {
    std::string name;  ///< "relocate-seed1": its files' name
    const BuiltKernel* kernel = nullptr;
    std::uint64_t seed = 0;
    std::filesystem::path initrd;
    std::filesystem::path directory;  ///< where console and report go
    double time_limit = 0;            ///< seconds
};

/// How a boot ended. Each fault has its own kind and message; all name the console log.
enum class BootEnd { ok, panic, time_out, wrong_kernel, guest_error, truncated, emulator };

struct BootOutcome {
    BootEnd end = BootEnd::emulator;
    std::string message;  ///< empty where ok
    GuestReport report;
    std::string report_text;
    double seconds = 0;             ///< wall time
    double first_cell_seconds = 0;  ///< until the guest was ready for its first cell; 0 where never seen
    double max_rss_mib = 0;
};

/// What a boot left behind.
struct BootEvidence {
    std::string report;
    std::string console;
    std::string emulator_errors;  ///< QEMU's own standard error
    std::string console_path;     ///< for messages
    bool timed_out = false;
    double time_limit = 0;
    bool emulator_ok = true;      ///< QEMU ended with exit code 0
    std::string emulator_status;  ///< "exit code 1"
};

/// Judges a boot. Pure. `expected_version`: image_version() of the image that was booted;
/// `expected_strategy`: what /proc/self/exec_phases must name, "-" for a kernel without it, empty where
/// anything goes.
BootOutcome judge_boot(const BootEvidence& evidence, const std::string& expected_version,
                       const std::string& expected_strategy);

/// Boots all of them, up to `jobs` side by side, in order. `finished` is called as each ends; `tick` a few
/// times a second with the number of cells that each boot has reported so far. Throws on an interrupt (no
/// QEMU is left).
void run_boots(const std::vector<BootSpec>& specs, int jobs,
               const std::function<void(size_t index, BootOutcome outcome)>& finished,
               const std::function<void(const std::vector<size_t>& cells_done)>& tick);

/// First line of `qemu-system-x86_64 --version`. Throws Error{environment} where it is not installed.
std::string emulator_version();

}  // namespace stackshift
