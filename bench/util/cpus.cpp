// SPDX-License-Identifier: MIT
#include "util/cpus.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "util/files.h"

namespace stackshift {
namespace {

/// "200000 100000" (microseconds per period) of cpu.max; 0 for "max ..." and for no such file.
int whole_cpus(const std::filesystem::path& cpu_max) {
    std::istringstream text(read_file_or(cpu_max, ""));
    double quota = 0;
    double period = 0;
    if (!(text >> quota >> period) || quota <= 0 || period <= 0) return 0;
    return std::max(1, static_cast<int>(std::ceil(quota / period)));
}

}  // namespace

int quota_cpus(const std::string& membership, const std::filesystem::path& root) {
    std::istringstream lines(membership);
    for (std::string line; std::getline(lines, line);) {
        // Version 2's hierarchy is number 0, without controllers.
        if (!line.starts_with("0::/")) continue;
        int least = 0;
        // Each level limits those below it.
        for (std::filesystem::path group = line.substr(4);; group = group.parent_path()) {
            const int cpus = whole_cpus(root / group / "cpu.max");
            if (cpus > 0 && (least == 0 || cpus < least)) least = cpus;
            if (group.empty()) return least;
        }
    }
    return 0;
}

int allowed_cpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    // More CPUs than the set holds: all of ours are a guess.
    const int allowed = sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
    const int quota = quota_cpus(read_file_or("/proc/self/cgroup", ""), "/sys/fs/cgroup");
    return quota > 0 ? std::min(allowed, quota) : allowed;
}

}  // namespace stackshift
