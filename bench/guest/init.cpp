// SPDX-License-Identifier: MIT
// The guest's init: runs the plan's cells and reports to the second serial port, where no kernel message
// goes.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "exec/chain.h"
#include "guest/events.h"
#include "guest/report.h"
#include "guest/stores.h"
#include "matrix/plan.h"
#include "util/read_text.h"

namespace stackshift {
namespace {

// A guest whose execs are timed does nothing between them that the other kernels' guests do not do, and
// nothing that takes long: no reading of /proc, which pristine would have less of. Another program, not an
// option of this one: a byte more in the guest's image moves counts.
#ifdef STACKSHIFT_TIMING_INIT
constexpr bool kTiming = true;
#else
constexpr bool kTiming = false;
#endif

// The first chains fill the page cache's and the allocators' per-cpu lists; they are not measured.
constexpr unsigned kWarmUpExecs = 10;

struct Counter {
    const char* name;    // in the report
    const char* vmstat;  // in /proc/vmstat
};
constexpr std::array<Counter, 3> kCounters = {{
    {"tlb.flush_all", "nr_tlb_local_flush_all"},
    {"tlb.flush_one", "nr_tlb_local_flush_one"},
    {"page_faults", "pgfault"},
}};

[[noreturn]] void power_off() {
    sync();
    reboot(RB_POWER_OFF);
    for (;;) pause();
}

class ReportPort {
  public:
    ReportPort() : fd_(open("/dev/ttyS1", O_WRONLY | O_NOCTTY)) {
        if (fd_ < 0) throw std::runtime_error(std::string("cannot open /dev/ttyS1: ") + std::strerror(errno));
        termios mode = {};
        tcgetattr(fd_, &mode);
        cfmakeraw(&mode);
        cfsetspeed(&mode, B115200);
        tcsetattr(fd_, TCSANOW, &mode);
    }
    void line(std::string_view text) { put(lines_.line(text)); }
    void end() { put(lines_.end()); }
    void error(std::string_view text) { put("error " + std::string(text) + "\n"); }

    /// Returns once all is sent, so that no interrupt of the port falls into the next cell.
    void flush() { tcdrain(fd_); }

  private:
    void put(std::string_view text) {
        while (!text.empty()) {
            const ssize_t n = write(fd_, text.data(), text.size());
            if (n < 0 && errno == EINTR) continue;
            // Nobody is left to tell.
            if (n <= 0) power_off();
            text.remove_prefix(static_cast<size_t>(n));
        }
    }
    int fd_;
    ReportLines lines_;
};

std::string join(const std::string& key, const std::vector<std::uint64_t>& values) {
    std::string line = key;
    for (const std::uint64_t value : values) line += ' ' + std::to_string(value);
    return line;
}

/// The strategy's name out of /proc/self/exec_phases, "-" where the kernel has no such file.
std::string kernel_strategy() {
    const std::string text = read_text("/proc/self/exec_phases");
    constexpr std::string_view key = "strategy ";
    if (!text.starts_with(key)) return "-";
    return text.substr(key.size(), text.find('\n') - key.size());
}

/// Turns the texts of /proc/self/exec_phases into one list of ticks a phase.
std::map<std::string, std::vector<std::uint64_t>> read_phases(const ChainOutcome& outcome) {
    std::map<std::string, std::vector<std::uint64_t>> phases;
    for (size_t i = 0; i < outcome.phases.size(); ++i) {
        std::string_view text = outcome.phases[i];
        while (!text.empty()) {
            const std::string_view line = text.substr(0, text.find('\n'));
            text.remove_prefix(std::min(text.size(), line.size() + 1));
            const size_t space = line.find(' ');
            if (space == std::string_view::npos) continue;
            const std::string name(line.substr(0, space));
            std::uint64_t value = 0;
            const auto [end, error] =
                std::from_chars(line.data() + space + 1, line.data() + line.size(), value);
            if (error != std::errc()) continue;
            if (name == "start") value -= outcome.started[i];
            if (name == "end") value = outcome.started[i] + outcome.windows[i] - value;
            phases[name].push_back(value);
        }
    }
    return phases;
}

void report_cell(ReportPort& port, size_t index, const ChainOutcome& outcome) {
    port.line("cell " + std::to_string(index) + ' ' + std::string(to_string(outcome.status)) +
              (outcome.reason.empty() ? "" : ' ' + outcome.reason));
    if (outcome.status == CellStatus::ok) {
        port.line(join("ticks", outcome.ticks));
        for (const Counter& counter : kCounters) {
            const auto before = vmstat_value(outcome.vmstat_before, counter.vmstat);
            const auto after = vmstat_value(outcome.vmstat_after, counter.vmstat);
            if (before && after) {
                port.line("counter " + std::string(counter.name) + ' ' + std::to_string(*after - *before));
            }
        }
        for (const auto& [part, values] : outcome.parts)
            port.line(join("part " + std::string(to_string(part)), values));
        if (!outcome.parts.empty() && !outcome.phases.empty()) port.line(join("window", outcome.windows));
        for (const auto& [name, values] : read_phases(outcome)) port.line(join("phase " + name, values));
    }
    port.flush();
}

void run_plan(ReportPort& port) {
    Plan plan;
    std::string problem;
    if (!parse_plan(read_text("/plan"), plan, problem)) throw std::runtime_error("bad plan: " + problem);

    utsname names = {};
    uname(&names);
    const std::string strategy = kernel_strategy();
    port.line(kReportHeader);
    port.line(std::string("release ") + names.release);
    port.line(std::string("version ") + names.version);
    port.line("strategy " + strategy);
    port.flush();

    ChainRequest request;
    request.directory = "/";
    request.vmstat = !kTiming;
    request.phases = !kTiming && strategy != "-";
    for (const Abi abi : {Abi::native, Abi::i386}) {
        request.cell.abi = abi;
        request.execs = kWarmUpExecs;
        run_chain(request);
    }
    StoreWatch watch(strategy);
    std::vector<bool> ran;
    for (size_t i = 0; i < plan.cells.size(); ++i) {
        request.cell = plan.cells[i].cell;
        if constexpr (kTiming) {
            // The first execs of a cell meet cold caches.
            request.execs = kWarmUpExecs;
            run_chain(request);
        }
        request.execs = plan.cells[i].execs;
        watch.begin();
        ChainOutcome outcome = run_chain(request);
        watch.end(request, outcome);
        ran.push_back(outcome.status == CellStatus::ok);
        report_cell(port, i, outcome);
    }
    // Last, so that all before it counts what it counts in a run without events.
    if (!plan.events.empty()) {
        request.vmstat = false;
        request.phases = false;
        for (const std::string& line : count_events(plan, ran, request)) port.line(line);
    }
    port.line("end_ticks " + std::to_string(__builtin_ia32_rdtsc()));
    port.end();
    port.flush();
}

}  // namespace
}  // namespace stackshift

int main() {
    using namespace stackshift;
    mount("proc", "/proc", "proc", 0, nullptr);
    mount("sysfs", "/sys", "sysfs", 0, nullptr);
    ReportPort port;
    try {
        run_plan(port);
    } catch (const std::exception& error) {
        port.error(error.what());
        port.flush();
    }
    power_off();
}
