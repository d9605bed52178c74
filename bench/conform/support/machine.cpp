// SPDX-License-Identifier: MIT
#include "conform/support/machine.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace stackshift {

long line_number(const std::string& text, const std::string& name) {
    for (size_t at = 0; at < text.size();) {
        size_t end = text.find('\n', at);
        if (end == std::string::npos) end = text.size();
        size_t past = at + name.size();
        if (text.compare(at, name.size(), name) == 0 && past < end) {
            if (text[past] == ':') ++past;
            if (text[past] == ' ' || text[past] == '\t') return std::strtol(text.c_str() + past, nullptr, 10);
        }
        at = end + 1;
    }
    return -1;
}

bool write_text(const std::string& path, const std::string& text) {
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool ok = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    close(fd);
    return ok;
}

void make_file(const std::string& path, const std::string& content, mode_t mode) {
    // A new file: the old one may be running.
    unlink(path.c_str());
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    for (size_t at = 0; fd >= 0 && at < content.size();) {
        const ssize_t n = write(fd, content.data() + at, content.size() - at);
        if (n <= 0) break;
        at += static_cast<size_t>(n);
    }
    if (fd >= 0) close(fd);
    chmod(path.c_str(), mode);
}

void copy_program(const std::string& from, const std::string& to, mode_t mode) {
    make_file(to, read_text(from), mode);
}

long vmstat(const std::string& name) {
    return line_number(read_text("/proc/vmstat"), name);
}

long meminfo_kib(const std::string& name) {
    return line_number(read_text("/proc/meminfo"), name);
}

bool is_debug_kernel() {
    return access("/proc/lockdep_stats", F_OK) == 0;
}

std::string hex(unsigned long value) {
    char text[32];
    std::snprintf(text, sizeof text, "%#lx", value);
    return text;
}

void run_at_once() {
    const sched_param first = {.sched_priority = 1};
    sched_setscheduler(0, SCHED_FIFO, &first);
}

namespace {

/// Since Linux 6.16 each controller of a group adds up its own counts.
bool counts_by_controller() {
    static const bool so = [] {
        utsname kernel = {};
        int major = 0;
        int minor = 0;
        return uname(&kernel) == 0 && std::sscanf(kernel.release, "%d.%d", &major, &minor) == 2 &&
               (major > 6 || (major == 6 && minor >= 16));
    }();
    return so;
}

/// A process in the root group that has the kernel add up the counts of all groups: it makes as many changes
/// as it takes until reading the root's counts does so. A process of its own, so that what it takes is in
/// nobody else's counts.
class CountsAdder {
  public:
    CountsAdder() {
        if (pipe2(requests_, O_CLOEXEC) != 0 || pipe2(answers_, O_CLOEXEC) != 0) return;
        if (fork() != 0) return;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run_at_once();
        write_text("/cgroup/cgroup.procs", "0");
        for (char request = 0; read(requests_[0], &request, 1) == 1;) {
            add_up();
            if (write(answers_[1], &request, 1) != 1) break;
        }
        _exit(0);
    }
    void ask() const {
        char answer = 0;
        if (write(requests_[1], &answer, 1) != 1 || read(answers_[0], &answer, 1) != 1) return;
    }

  private:
    static void add_up() {
        // Each page makes four changes or more: 64 for each CPU, and what the CPUs keep to themselves.
        const std::size_t bytes = std::size_t{64} * static_cast<std::size_t>(get_nprocs()) * 4096;
        void* const pages =
            mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (pages != MAP_FAILED) munmap(pages, bytes);
        read_text("/cgroup/memory.stat");
    }

    int requests_[2] = {-1, -1};
    int answers_[2] = {-1, -1};
};

/// Where the kernel needs one, begun by the first group that is made.
const CountsAdder* counts_adder() {
    static const CountsAdder* const adder = counts_by_controller() ? new CountsAdder : nullptr;
    return adder;
}

}  // namespace

MemoryGroup::MemoryGroup(const std::string& name) : path_("/cgroup/" + name) {
    counts_adder();
    exists_ = mkdir(path_.c_str(), 0755) == 0 && access((path_ + "/memory.current").c_str(), R_OK) == 0;
}

MemoryGroup::~MemoryGroup() {
    write_text("/cgroup/cgroup.procs", "0");
    rmdir(path_.c_str());
}

void MemoryGroup::join(pid_t pid) const {
    write_text(path_ + "/cgroup.procs", std::to_string(pid));
}

void MemoryGroup::set_max(const std::string& bytes) const {
    write_text(path_ + "/memory.max", bytes);
}

long MemoryGroup::current() const {
    const std::string text = read_text(path_ + "/memory.current");
    return text.empty() ? -1 : std::strtol(text.c_str(), nullptr, 10);
}

long MemoryGroup::drained_current() const {
    // Opened and read before: whoever is of this group is charged for that, by the batch.
    const int current = open((path_ + "/memory.current").c_str(), O_RDONLY | O_CLOEXEC);
    const int high = open((path_ + "/memory.high").c_str(), O_WRONLY | O_CLOEXEC);
    const auto bytes = [&] {
        char text[32] = {};
        return pread(current, text, sizeof text - 1, 0) > 0 ? std::strtol(text, nullptr, 10) : -1;
    };
    // Too low a limit makes the kernel take back what CPUs hold, before anything else. Those other than this
    // one do so when they come to it.
    const std::string less = std::to_string(std::max(bytes() - 1, 0L));
    const bool drained = pwrite(high, less.data(), less.size(), 0) == static_cast<ssize_t>(less.size());
    const long result = drained ? bytes() : -1;
    const bool undone = pwrite(high, "max", 3, 0) == 3;
    close(high);
    close(current);
    return undone ? result : -1;
}

long MemoryGroup::event(const std::string& name) const {
    return line_number(read_text(path_ + "/memory.events"), name);
}

long MemoryGroup::stat(const std::string& name) const {
    // memory.stat itself adds up what the CPUs have counted only after 64 changes for each of them. Until
    // Linux 6.15 reading this did so at any time.
    read_text(path_ + "/cpu.stat");
    if (counts_adder() != nullptr) counts_adder()->ask();
    return line_number(read_text(path_ + "/memory.stat"), name);
}

}  // namespace stackshift
