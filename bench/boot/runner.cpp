// SPDX-License-Identifier: MIT
#include "boot/runner.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "boot/pinning.h"
#include "util/error.h"
#include "util/files.h"
#include "util/interrupt.h"
#include "util/process.h"

namespace stackshift {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollMilliseconds = 50;

/// A boot under way.
struct Running {
    size_t index;
    Process process;
    Clock::time_point start;
    double first_line_seconds = 0;
    double processor_seconds = 0;     ///< when it last moved
    Clock::time_point moved = start;  ///< and when that was
    bool pinned = false;
};

/// Looks whether a boot still moves and may go on.
TimeOut look_at(Running& running, const BootSpec& spec) {
    const double processor = running.process.processor_seconds();
    if (processor > spec.time_limit) return TimeOut::processor;
    const std::chrono::duration<double> since_start = Clock::now() - running.start;
    if (spec.wall_limit > 0 && since_start.count() > spec.wall_limit) return TimeOut::wall;
    if (processor > running.processor_seconds + kStallSeconds / 100) {
        running.processor_seconds = processor;
        running.moved = Clock::now();
    }
    const std::chrono::duration<double> still = Clock::now() - running.moved;
    return still.count() > kStallSeconds ? TimeOut::stalled : TimeOut::none;
}

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
    const std::vector<std::string> machine = spec.machine.args();
    command.argv.insert(command.argv.end(), machine.begin(), machine.end());
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
    if (!spec.firmware.empty()) add({"-bios", spec.firmware.string()});
    add({"-kernel", spec.image.string(), "-initrd", spec.initrd.string(), "-append", spec.cmdline});
    // Threads by their names, so that the one of the guest's processor is found.
    if (spec.cpu >= 0) add({"-name", "stackshift,debug-threads=on"});
    command.output = file_of(spec, ".qemu.log");
    return Process(command);
}

BootEvidence end_boot(const BootSpec& spec, Running& running, TimeOut time_out) {
    running.process.stop();
    BootEvidence evidence;
    evidence.report = read_file_or(file_of(spec, ".report"), "");
    evidence.console = read_file_or(file_of(spec, ".console.log"), "");
    evidence.console_path = file_of(spec, ".console.log").string();
    evidence.emulator_errors = read_file_or(file_of(spec, ".qemu.log"), "");
    evidence.time_out = time_out;
    evidence.time_limit = spec.time_limit;
    evidence.wall_limit = spec.wall_limit;
    evidence.pinned = running.pinned;
    evidence.emulator_ok = running.process.status().ok();
    evidence.emulator_status = running.process.status().describe();
    std::error_code error;
    evidence.disk_full = std::filesystem::space(spec.directory, error).available < (1U << 20);
    evidence.seconds = std::chrono::duration<double>(Clock::now() - running.start).count();
    evidence.first_line_seconds = running.first_line_seconds;
    evidence.max_rss_mib = static_cast<double>(running.process.status().max_rss_kib) / 1024;
    if (evidence.emulator_ok && time_out == TimeOut::none)
        std::filesystem::remove(file_of(spec, ".qemu.log"), error);
    std::filesystem::remove(file_of(spec, ".report"), error);
    return evidence;
}

}  // namespace

void LocalRunner::run(const std::vector<BootSpec>& specs, const BootFinished& finished,
                      const BootTick& tick) {
    std::vector<Running> running;
    std::vector<std::string> reports(specs.size());
    size_t next = 0;
    while (next < specs.size() || !running.empty()) {
        while (next < specs.size() && running.size() < static_cast<size_t>(jobs_)) {
            running.push_back({next, start_boot(specs[next]), Clock::now()});
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
            if (spec.cpu >= 0 && !ended && !boot.pinned)
                boot.pinned = pin_processor(boot.process.pid(), spec.cpu);
            const TimeOut time_out = ended ? TimeOut::none : look_at(boot, spec);
            if (ended || time_out != TimeOut::none) {
                finished(boot.index, end_boot(spec, boot, time_out));
            } else {
                still.push_back(std::move(boot));
            }
        }
        running = std::move(still);
        tick(reports);
    }
}

}  // namespace stackshift
