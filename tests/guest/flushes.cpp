// SPDX-License-Identifier: MIT
// An init that watches the same execs through four windows of one kernel: /proc/vmstat, the tracepoint
// tlb:tlb_flush out of the trace buffer, perf's page-faults of the whole CPU, and the chain's own samples. It
// judges nothing; tests/e2e/flushes_test.cpp does. Lines on the second serial port:
//
//   cell NAME EXECS            a chain, whose numbers follow; EXECS with the collector's own
//   vmstat COUNTER DELTA
//   faults COUNT
//   written EVENTS             to the trace buffer, by its own account
//   trace REASON PAGES TIMES   of the events in it
//   error TEXT
//   done
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "exec/chain.h"
#include "util/read_text.h"

namespace {

using namespace stackshift;

constexpr const char* kTracefs = "/sys/kernel/tracing";
constexpr unsigned kExecs = 50;
constexpr const char* kCells[] = {
    "self-exec/native/noaslr/argv:0p/long",  "self-exec/native/noaslr/argv:8p/long",
    "self-exec/native/noaslr/argv:34p/long", "self-exec/native/aslr/argv:0p/long",
    "self-exec/native/aslr/argv:8p/long",    "self-exec/native/aslr/argv:34p/long",
    "self-exec/i386/noaslr/argv:0p/long",    "self-exec/i386/aslr/argv:8p/long",
    "self-exec/i386/aslr/argv:34p/long",
};
constexpr const char* kCounters[] = {"pgfault", "nr_tlb_local_flush_all", "nr_tlb_local_flush_one",
                                     "nr_tlb_remote_flush", "nr_tlb_remote_flush_received"};

int report_fd = -1;

void say(const std::string& line) {
    const std::string text = line + "\n";
    if (write(report_fd, text.data(), text.size()) < 0) return;
}

bool put_text(const std::string& path, const std::string& text) {
    const int fd = open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0) return false;
    const bool ok = text.empty() || write(fd, text.data(), text.size()) > 0;
    close(fd);
    return ok;
}

/// /proc/vmstat in memory that is there already: reading it must not fault, or it would count itself.
class Snapshot {
  public:
    Snapshot() : fd_(open("/proc/vmstat", O_RDONLY | O_CLOEXEC)) { take(); }
    ~Snapshot() { close(fd_); }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    void take() {
        lseek(fd_, 0, SEEK_SET);
        used_ = 0;
        for (ssize_t n = 0; (n = read(fd_, text_ + used_, sizeof text_ - used_)) > 0;)
            used_ += static_cast<size_t>(n);
    }
    std::uint64_t value(const char* name) const {
        return vmstat_value(std::string_view(text_, used_), name).value_or(0);
    }

  private:
    int fd_;
    size_t used_ = 0;
    char text_[16384] = {};
};

/// perf's page-faults of all that runs on CPU 0, which is the only one.
int open_faults() {
    perf_event_attr attr = {};
    attr.size = sizeof attr;
    attr.type = PERF_TYPE_SOFTWARE;
    attr.config = PERF_COUNT_SW_PAGE_FAULTS;
    attr.disabled = 1;
    return static_cast<int>(syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC));
}

/// "... tlb_flush: pages:-1 reason:local mm shootdown (3)", one line an event, and a head that says how many
/// there were.
void report_trace(const std::string& text) {
    std::map<std::pair<long, long>, unsigned> times;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        const std::string line = text.substr(at, end - at);
        at = end + 1;
        const size_t written = line.find("entries-in-buffer/entries-written: ");
        if (line.starts_with('#') && written != std::string::npos) {
            say("written " + std::to_string(std::strtol(
                                 line.c_str() + line.rfind('/', line.find("   #P")) + 1, nullptr, 10)));
        }
        const size_t pages = line.find("tlb_flush: pages:");
        const size_t reason = line.rfind('(');
        if (line.starts_with('#') || pages == std::string::npos || reason == std::string::npos) continue;
        ++times[{std::strtol(line.c_str() + reason + 1, nullptr, 10),
                 std::strtol(line.c_str() + pages + std::strlen("tlb_flush: pages:"), nullptr, 10)}];
    }
    for (const auto& [what, count] : times) {
        say("trace " + std::to_string(what.first) + ' ' + std::to_string(what.second) + ' ' +
            std::to_string(count));
    }
}

void watch(const char* name, int faults, Snapshot& before, Snapshot& after) {
    ChainRequest request;
    request.cell = parse_cell(name).value();
    request.execs = kExecs;
    request.directory = "/";
    put_text(std::string(kTracefs) + "/trace", "");
    ioctl(faults, PERF_EVENT_IOC_RESET, 0);
    put_text(std::string(kTracefs) + "/tracing_on", "1");
    // Twice: fork() has write-protected our own pages, and the faults of the first writes to a snapshot's
    // must be over, for both counters, when it is taken.
    before.take();
    before.take();
    ioctl(faults, PERF_EVENT_IOC_ENABLE, 0);
    const ChainOutcome outcome = run_chain(request);
    after.take();
    ioctl(faults, PERF_EVENT_IOC_DISABLE, 0);
    after.take();
    put_text(std::string(kTracefs) + "/tracing_on", "0");
    if (outcome.status != CellStatus::ok) {
        say(std::string("error ") + name + ": " + outcome.reason);
        return;
    }
    say(std::string("cell ") + name + ' ' + std::to_string(kExecs + 1));
    for (const char* counter : kCounters) {
        say(std::string("vmstat ") + counter + ' ' +
            std::to_string(after.value(counter) - before.value(counter)));
    }
    std::uint64_t count = 0;
    if (read(faults, &count, sizeof count) != sizeof count) say("error page-faults cannot be read");
    say("faults " + std::to_string(count));
    report_trace(read_text(std::string(kTracefs) + "/trace"));
}

void run() {
    if (!put_text(std::string(kTracefs) + "/events/tlb/tlb_flush/enable", "1")) {
        say("error no tracepoint tlb:tlb_flush");
        return;
    }
    put_text(std::string(kTracefs) + "/tracing_on", "0");
    const int faults = open_faults();
    if (faults < 0) {
        say(std::string("error perf_event_open: ") + std::strerror(errno));
        return;
    }
    static Snapshot before;
    static Snapshot after;
    // The first look at each cell fills caches and the stacks that fork() uses again.
    ChainRequest warm_up;
    warm_up.execs = 5;
    warm_up.directory = "/";
    for (const char* name : kCells) {
        warm_up.cell = parse_cell(name).value();
        run_chain(warm_up);
    }
    for (const char* name : kCells) watch(name, faults, before, after);
}

}  // namespace

int main() {
    mount("proc", "/proc", "proc", 0, nullptr);
    mount("sysfs", "/sys", "sysfs", 0, nullptr);
    mount("tracefs", kTracefs, "tracefs", 0, nullptr);
    report_fd = open("/dev/ttyS1", O_WRONLY | O_NOCTTY | O_CLOEXEC);
    termios mode = {};
    tcgetattr(report_fd, &mode);
    cfmakeraw(&mode);
    tcsetattr(report_fd, TCSANOW, &mode);
    run();
    say("done");
    tcdrain(report_fd);
    reboot(RB_POWER_OFF);
    for (;;) pause();
}
