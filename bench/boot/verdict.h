// SPDX-License-Identifier: MIT
// How a boot ended, judged from what it left behind.
#pragma once

#include <string>

#include "boot/runner.h"
#include "util/spelling.h"

namespace stackshift {

/// How a boot ended. Each fault has its own kind and message; all name the console log.
enum class BootEnd { ok, panic, time_out, wrong_kernel, guest_error, truncated, emulator };
template <>
inline constexpr std::array kSpellings<BootEnd> = {Spelling<BootEnd>{BootEnd::ok, "ok"},
                                                   Spelling<BootEnd>{BootEnd::panic, "panic"},
                                                   Spelling<BootEnd>{BootEnd::time_out, "time-out"},
                                                   Spelling<BootEnd>{BootEnd::wrong_kernel, "wrong-kernel"},
                                                   Spelling<BootEnd>{BootEnd::guest_error, "guest-error"},
                                                   Spelling<BootEnd>{BootEnd::truncated, "truncated"},
                                                   Spelling<BootEnd>{BootEnd::emulator, "emulator"}};

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

}  // namespace stackshift
