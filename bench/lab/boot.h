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

/// One boot: a kernel under one seed, on one machine.
struct BootSpec {
    std::string name;  ///< "relocate-seed1": its files' name
    const BuiltKernel* kernel = nullptr;
    std::uint64_t seed = 0;
    std::vector<std::string> machine = exact_machine_args();  ///< QEMU's options for it
    std::string cmdline = exact_cmdline();
    std::filesystem::path initrd;
    std::filesystem::path directory;  ///< where console and report go
    double time_limit = 0;            ///< seconds
};

/// How a boot ended. Each fault has its own kind and message; all name the console log.
enum class BootEnd { ok, panic, time_out, wrong_kernel, guest_error, truncated, emulator };

/// What a boot left behind.
struct BootEvidence {
    std::string report;  ///< what came out of the second serial port
    std::string console;
    std::string emulator_errors;  ///< QEMU's own standard error
    std::string console_path;     ///< for messages
    bool timed_out = false;
    double time_limit = 0;
    bool emulator_ok = true;      ///< QEMU ended with exit code 0
    std::string emulator_status;  ///< "exit code 1"
    bool disk_full = false;
    double seconds = 0;             ///< wall time
    double first_line_seconds = 0;  ///< until the guest's first line on the report port; 0: never seen
    double max_rss_mib = 0;
};

/// What a report says of itself, whatever its format.
struct ReportFacts {
    bool whole = false;
    bool error = false;   ///< the guest's program reported a fault of its own
    std::string problem;  ///< what is wrong where it is not whole
    std::string release;  ///< uname -r, -v and the strategy's name, as far as reported
    std::string version;
    std::string strategy;
};

struct BootVerdict {
    BootEnd end = BootEnd::emulator;
    std::string message;  ///< empty where ok
};

/// Judges a boot. Pure. `expected_version`: image_version() of the image that was booted;
/// `expected_strategy`: what /proc/self/exec_phases must name, "-" for a kernel without it, empty where
/// anything goes.
BootVerdict judge_boot(const BootEvidence& evidence, const ReportFacts& facts,
                       const std::string& expected_version, const std::string& expected_strategy);

/// What judge_boot() is to expect of a kernel.
std::string expected_strategy(const BuiltKernel& kernel);

/// A boot of the lab, judged.
struct BootOutcome {
    BootEnd end = BootEnd::emulator;
    std::string message;  ///< empty where ok
    GuestReport report;
    std::string report_text;
    double seconds = 0;             ///< wall time
    double first_cell_seconds = 0;  ///< until the guest was ready for its first cell; 0 where never seen
    double max_rss_mib = 0;
};

/// Reads the lab's report and judges the boot. Pure.
BootOutcome judge_lab_boot(const BootEvidence& evidence, const std::string& expected_version,
                           const std::string& expected_strategy);

/// Boots all of them, up to `jobs` side by side, in order. `finished` is called as each ends; `tick` a few
/// times a second with what each boot that runs has reported so far (empty for the others). Throws on an
/// interrupt (no QEMU is left).
void run_boots(const std::vector<BootSpec>& specs, int jobs,
               const std::function<void(size_t index, const BootEvidence& evidence)>& finished,
               const std::function<void(const std::vector<std::string>& reports)>& tick);

/// First line of `qemu-system-x86_64 --version`. Throws Error{environment} where it is not installed.
std::string emulator_version();

}  // namespace stackshift
