// SPDX-License-Identifier: MIT
#include "lab/boot.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "util/error.h"
#include "util/files.h"
#include "util/interrupt.h"
#include "util/process.h"

namespace stackshift {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kEmulator = "qemu-system-x86_64";
constexpr int kPollMilliseconds = 50;

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

/// A boot under way.
struct Running {
    size_t index;
    Process process;
    Clock::time_point start;
    double first_line_seconds = 0;
};

std::filesystem::path file_of(const BootSpec& spec, const char* kind) {
    return spec.directory / (spec.name + kind);
}

Process start_boot(const BootSpec& spec) {
    for (const char* kind : {".console.log", ".report", ".qemu.log"})
        std::filesystem::remove(file_of(spec, kind));
    Command command;
    command.argv = {kEmulator};
    const auto add = [&](std::initializer_list<std::string> args) {
        command.argv.insert(command.argv.end(), args);
    };
    command.argv.insert(command.argv.end(), spec.machine.begin(), spec.machine.end());
    add({"-seed", std::to_string(spec.seed)});
    // A comma would start another of the chardev's options.
    const auto port = [&](const char* kind) {
        std::string path = file_of(spec, kind).string();
        for (size_t at = path.find(','); at != std::string::npos; at = path.find(',', at + 2))
            path.insert(at, ",");
        return path;
    };
    add({"-chardev", "file,id=console,path=" + port(".console.log"), "-serial", "chardev:console"});
    add({"-chardev", "file,id=report,path=" + port(".report"), "-serial", "chardev:report"});
    add({"-kernel", spec.kernel->image.string(), "-initrd", spec.initrd.string(), "-append", spec.cmdline});
    command.output = file_of(spec, ".qemu.log");
    return Process(command);
}

BootEvidence end_boot(const BootSpec& spec, Running& running, bool timed_out) {
    running.process.stop();
    BootEvidence evidence;
    evidence.report = read_file_or(file_of(spec, ".report"), "");
    evidence.console = read_file_or(file_of(spec, ".console.log"), "");
    evidence.console_path = file_of(spec, ".console.log").string();
    evidence.emulator_errors = read_file_or(file_of(spec, ".qemu.log"), "");
    evidence.timed_out = timed_out;
    evidence.time_limit = spec.time_limit;
    evidence.emulator_ok = running.process.status().ok();
    evidence.emulator_status = running.process.status().describe();
    std::error_code error;
    evidence.disk_full = std::filesystem::space(spec.directory, error).available < (1U << 20);
    evidence.seconds = std::chrono::duration<double>(Clock::now() - running.start).count();
    evidence.first_line_seconds = running.first_line_seconds;
    evidence.max_rss_mib = static_cast<double>(running.process.status().max_rss_kib) / 1024;
    if (evidence.emulator_ok && !timed_out) std::filesystem::remove(file_of(spec, ".qemu.log"), error);
    std::filesystem::remove(file_of(spec, ".report"), error);
    return evidence;
}

}  // namespace

const std::vector<std::string>& exact_machine_args() {
    static const std::vector<std::string> args = {
        // A versioned machine: "pc" would be another one after an upgrade. Memory size moves counts.
        "-machine", "pc-i440fx-7.2", "-m", "1024",
        // One instruction is one nanosecond of guest time, so the guest's TSC is the instruction count; idle
        // time is
        // skipped, not waited for.
        "-accel", "tcg", "-smp", "1", "-icount", "shift=0,sleep=off",
        // No host clock reaches the guest.
        "-rtc", "base=2026-01-01T00:00:00,clock=vm",
        // Named features, none from the host. Without ERMS and FSRM a page clear is 513 counted iterations.
        "-cpu", "max,la57=off,-erms,-fsrm",
        // No device that host timing could drive; a panic ends the run.
        "-nodefaults", "-display", "none", "-no-reboot"};
    return args;
}

std::string exact_cmdline() {
    // noapictimer: calibrating the local APIC's timer costs 9 s of emulation and then fails under TCG anyway.
    return "console=ttyS0 nokaslr random.trust_cpu=on panic=-1 noapictimer";
}

std::string expected_strategy(const BuiltKernel& kernel) {
    if (kernel.info.config == "unknown") return "";
    return kernel.checks_strategy ? kernel.info.strategy : "-";
}

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
    if (evidence.timed_out) {
        return end(BootEnd::time_out,
                   fmt::format("time-out: no end within {:.0f} s ({})", evidence.time_limit,
                               facts.whole ? "all reported" : facts.problem));
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
    if (!expected_strategy.empty() && !facts.strategy.empty() && facts.strategy != expected_strategy) {
        return end(BootEnd::wrong_kernel, fmt::format("wrong kernel: its strategy is '{}', not '{}'",
                                                      facts.strategy, expected_strategy));
    }
    if (!facts.whole) {
        return end(BootEnd::truncated,
                   "truncated output: " + facts.problem + (evidence.disk_full ? "; the disk is full" : ""));
    }
    return {BootEnd::ok, ""};
}

BootOutcome judge_lab_boot(const BootEvidence& evidence, const std::string& expected_version,
                           const std::string& expected_strategy) {
    BootOutcome outcome;
    outcome.report_text = evidence.report;
    outcome.seconds = evidence.seconds;
    outcome.first_cell_seconds = evidence.first_line_seconds;
    outcome.max_rss_mib = evidence.max_rss_mib;
    ReportFacts facts;
    const ReportState state = parse_report(evidence.report, outcome.report, facts.problem);
    facts.whole = state == ReportState::whole;
    facts.error = state == ReportState::error;
    facts.release = outcome.report.release;
    facts.version = outcome.report.version;
    facts.strategy = outcome.report.strategy;
    const BootVerdict verdict = judge_boot(evidence, facts, expected_version, expected_strategy);
    outcome.end = verdict.end;
    outcome.message = verdict.message;
    return outcome;
}

void run_boots(const std::vector<BootSpec>& specs, int jobs,
               const std::function<void(size_t, const BootEvidence&)>& finished,
               const std::function<void(const std::vector<std::string>&)>& tick) {
    std::vector<Running> running;
    std::vector<std::string> reports(specs.size());
    size_t next = 0;
    while (next < specs.size() || !running.empty()) {
        while (next < specs.size() && running.size() < static_cast<size_t>(jobs)) {
            running.push_back({next, start_boot(specs[next]), Clock::now(), 0});
            ++next;
        }
        // Waits for one of them; the others are looked at right after.
        running.front().process.wait(kPollMilliseconds);
        check_interrupt();
        std::vector<Running> still;
        for (Running& boot : running) {
            const BootSpec& spec = specs[boot.index];
            const double seconds = std::chrono::duration<double>(Clock::now() - boot.start).count();
            reports[boot.index] = read_file_or(file_of(spec, ".report"), "");
            if (boot.first_line_seconds <= 0 && !reports[boot.index].empty())
                boot.first_line_seconds = seconds;
            const bool ended = !boot.process.running();
            if (ended || seconds > spec.time_limit) {
                finished(boot.index, end_boot(spec, boot, !ended));
            } else {
                still.push_back(std::move(boot));
            }
        }
        running = std::move(still);
        tick(reports);
    }
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
