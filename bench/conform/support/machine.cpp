// SPDX-License-Identifier: MIT
#include "conform/support/machine.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

MemoryGroup::MemoryGroup(const std::string& name) : path_("/cgroup/" + name) {
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
    // Reading this adds up what the CPUs have counted; memory.stat itself does so only after 64 changes.
    read_text(path_ + "/cpu.stat");
    return line_number(read_text(path_ + "/memory.stat"), name);
}

}  // namespace stackshift
