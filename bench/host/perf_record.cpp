// SPDX-License-Identifier: MIT
#include "host/perf_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "counters/event_names.h"
#include "exec/chain.h"
#include "host/host.h"
#include "util/error.h"
#include "util/files.h"
#include "util/interrupt.h"
#include "util/process.h"
#include "util/progress.h"
#include "util/tsc.h"

namespace stackshift {
namespace {

// Often enough for some hundred samples of a phase in a second, and well under the kernel's default limit of
// 100000, above which it slows perf down.
constexpr unsigned kFrequency = 10'000;
constexpr double kLeastSeconds = 0.5;
constexpr double kDefaultSeconds = 1;
constexpr unsigned kTrialExecs = 20;
constexpr unsigned kMostExecs = 1'000'000;

void require_perf() {
    if (find_program("perf").empty()) {
        throw Error(Exit::environment,
                    "--perf-record needs perf, which is not installed: apt-get install linux-perf");
    }
    std::string start;
    std::getline(std::ifstream("/proc/kallsyms"), start);
    if (!shows_addresses(start)) {
        throw Error(Exit::environment,
                    "perf cannot name the kernel's functions: /proc/kallsyms hides their addresses "
                    "(set kernel.kptr_restrict to 0 and kernel.perf_event_paranoid to 1, or run it as root)");
    }
}

/// cycles, or a clock where there is no PMU.
void choose_event(PerfRecording& recording) {
    const std::vector<Event> events = find_events({"cycles:k", "cpu-clock:k"});
    if (events[0].unavailable.empty()) {
        recording.event = events[0].name;
        return;
    }
    recording.why = events[0].unavailable;
    recording.event = events[1].name;
    if (!events[1].unavailable.empty()) {
        throw Error(Exit::environment, fmt::format("perf cannot sample the kernel: {}: {}", events[1].name,
                                                   events[1].unavailable));
    }
}

unsigned sample_rate() {
    const std::string limit = read_file_or("/proc/sys/kernel/perf_event_max_sample_rate", "");
    const unsigned long most = std::strtoul(limit.c_str(), nullptr, 10);
    return most == 0 ? kFrequency : static_cast<unsigned>(std::min<unsigned long>(most, kFrequency));
}

/// How many execs take about `seconds`; a failure of the chain goes into `cell`.
unsigned execs_for(const Cell& cell, double seconds, const Places& places, RecordedCell& recorded) {
    ChainRequest request;
    request.cell = cell;
    request.execs = kTrialExecs;
    request.directory = places.guest;
    request.stall_limit_ms = kChainStallLimitMs;
    request.watch = [](std::size_t) { return !interrupted(); };
    const auto start = std::chrono::steady_clock::now();
    const ChainOutcome outcome = run_chain(request);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    if (outcome.status != CellStatus::ok) {
        recorded.failure = outcome.reason;
        return 0;
    }
    return static_cast<unsigned>(
        std::clamp(seconds * kTrialExecs / took.count(), double{kTrialExecs}, double{kMostExecs}));
}

std::string file_name(const std::string& cell) {
    std::string name = cell.substr(cell.find('/') + 1);
    for (char& c : name) {
        if (c == '/' || c == ':') c = '-';
    }
    return name + ".perf.data";
}

/// The last line of a log that says something.
std::string last_line(const std::filesystem::path& log) {
    std::string text = read_file_or(log, "");
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    return text.substr(text.rfind('\n') + 1);
}

void record_cell(RecordedCell& recorded, const PerfRecording& recording, int cpu, const Places& places) {
    const std::filesystem::path log = recorded.file.string() + ".log";
    Command command;
    command.argv = {"perf", "record", "-q", "-N",
                    // Of the kernel alone: the target has no frames worth walking.
                    "-e", recording.event, "-F", std::to_string(recording.frequency), "-g", "-o",
                    recorded.file.string(), "--", std::filesystem::read_symlink("/proc/self/exe").string(),
                    "chain", recorded.cell, "--execs", std::to_string(recorded.execs), "--cpu",
                    std::to_string(cpu), "--work-dir", places.work.string()};
    command.output = log;
    const ExitStatus status = run(command);
    if (!status.ok()) {
        recorded.failure = fmt::format("perf record: {}: {}", status.describe(), last_line(log));
        return;
    }
    recorded.samples = share_out(
        parse_perf_script(capture({"perf", "script", "-i", recorded.file.string(), "-F", "ip,sym"})));
    if (recorded.samples.in_exec == 0) {
        recorded.failure = fmt::format("none of perf's {} samples lies in an execve", recorded.samples.all);
        return;
    }
    std::error_code error;
    std::filesystem::remove(log, error);
}

}  // namespace

bool shows_addresses(const std::string& kallsyms_start) {
    const size_t digits = kallsyms_start.find(' ');
    if (digits == std::string::npos) return false;
    return kallsyms_start.find_first_not_of('0') < digits;
}

PerfRecording record_with_perf(const PerfRequest& request, const Places& places) {
    const Plan plan = select_plan(request.matrix);
    PerfRecording recording;
    require_perf();
    choose_event(recording);
    recording.frequency = sample_rate();
    make_directories(request.directory);
    require_disk_space(request.directory, 64ULL << 20, "perf's files");
    const int cpu = pin_to_cpu(request.cpu);
    const double seconds =
        request.budget > 0 ? std::max(kLeastSeconds, request.budget / static_cast<double>(plan.cells.size()))
                           : kDefaultSeconds;
    fmt::print(stderr, "perf: {} cells, {} at {} Hz on CPU {}: about {}\n", plan.cells.size(),
               recording.event, recording.frequency, cpu,
               format_duration(2 * seconds * static_cast<double>(plan.cells.size())));
    Progress progress("perf");
    for (const PlannedCell& planned : plan.cells) {
        progress.update(static_cast<double>(recording.cells.size()), static_cast<double>(plan.cells.size()),
                        planned.cell.name());
        check_interrupt();
        RecordedCell recorded;
        recorded.cell = planned.cell.name();
        recorded.file = request.directory / file_name(recorded.cell);
        recorded.execs = execs_for(planned.cell, seconds, places, recorded);
        if (recorded.failure.empty()) record_cell(recorded, recording, cpu, places);
        recording.cells.push_back(std::move(recorded));
    }
    return recording;
}

}  // namespace stackshift
