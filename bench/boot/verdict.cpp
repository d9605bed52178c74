// SPDX-License-Identifier: MIT
#include "boot/verdict.h"

#include <fmt/format.h>

namespace stackshift {
namespace {

/// The line of the console that starts with or holds `mark`, without a time stamp before it.
std::string line_with(const std::string& console, std::string_view mark) {
    const size_t at = console.find(mark);
    if (at == std::string::npos) return {};
    std::string line = console.substr(at, console.find('\n', at) - at);
    while (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
}

std::string last_line(const std::string& text) {
    const size_t end = text.find_last_not_of("\r\n");
    if (end == std::string::npos) return "it printed nothing";
    const size_t begin = text.rfind('\n', end);
    return text.substr(begin == std::string::npos ? 0 : begin + 1,
                       end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

/// What a boot that was ended did not do.
std::string waited_for(const BootEvidence& evidence) {
    switch (evidence.time_out) {
        case TimeOut::processor:
            return fmt::format("no end within {:.0f} s of processor time", evidence.time_limit);
        case TimeOut::wall:
            return fmt::format("no end within {:.0f} s", evidence.wall_limit);
        default:
            return fmt::format("it stood still for {:.0f} s", kStallSeconds);
    }
}

}  // namespace

BootVerdict judge_boot(const BootEvidence& evidence, const ReportFacts& facts,
                       const std::string& expected_version, const std::string& expected_strategy) {
    const auto end = [&](BootEnd kind, const std::string& message) {
        return BootVerdict{kind, message + "; console log: " + evidence.console_path};
    };
    // In order of what explains most: a panic also truncates, a time-out also leaves no report.
    if (const std::string panic = line_with(evidence.console, "Kernel panic"); !panic.empty()) {
        return end(BootEnd::panic, panic);
    }
    if (facts.error) return end(BootEnd::guest_error, "guest program error: " + facts.problem);
    if (evidence.time_out != TimeOut::none) {
        const std::string state = facts.whole ? "all reported" : facts.problem;
        return end(BootEnd::time_out, fmt::format("time-out: {} ({})", waited_for(evidence), state));
    }
    if (!evidence.emulator_ok) {
        return end(BootEnd::emulator, fmt::format("QEMU failed ({}): {}", evidence.emulator_status,
                                                  last_line(evidence.emulator_errors)));
    }
    // Before truncation: a foreign kernel may lack what the report needs.
    const std::string reported = facts.release + " " + facts.version;
    const size_t builder = expected_version.find(" (");
    const size_t builder_end = expected_version.find(") ", builder);
    const std::string expected =
        builder == std::string::npos || builder_end == std::string::npos
            ? expected_version
            : expected_version.substr(0, builder) + " " + expected_version.substr(builder_end + 2);
    if (!facts.version.empty() && reported != expected) {
        return end(BootEnd::wrong_kernel,
                   fmt::format("wrong kernel: '{}' runs, the image is '{}'", reported, expected));
    }
    // A kernel prints its name filled up with blanks (kernels/name_field.h).
    const std::string strategy = facts.strategy.substr(0, facts.strategy.find_last_not_of(' ') + 1);
    if (!expected_strategy.empty() && !strategy.empty() && strategy != expected_strategy) {
        return end(BootEnd::wrong_kernel,
                   fmt::format("wrong kernel: its strategy is '{}', not '{}'", strategy, expected_strategy));
    }
    if (!facts.whole) {
        return end(BootEnd::truncated,
                   "truncated output: " + facts.problem + (evidence.disk_full ? "; the disk is full" : ""));
    }
    return {BootEnd::ok, ""};
}

}  // namespace stackshift
