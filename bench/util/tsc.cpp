// SPDX-License-Identifier: MIT
#include "util/tsc.h"

#include <fmt/format.h>
#include <sched.h>
#include <time.h>
#include <x86intrin.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "util/error.h"

namespace stackshift {
namespace {

struct Reading {
    std::uint64_t ticks;
    double ns;
    std::uint64_t
        width;  ///< ticks that the clock_gettime between two TSC reads took: the reading's uncertainty
};

Reading read_both() {
    Reading best = {0, 0, UINT64_MAX};
    // Of some attempts the tightest: an interrupt between the two reads would shift the pair.
    for (int i = 0; i < 50; ++i) {
        timespec time = {};
        const std::uint64_t before = __rdtsc();
        clock_gettime(CLOCK_MONOTONIC_RAW, &time);
        const std::uint64_t after = __rdtsc();
        if (after - before < best.width) {
            best = {before + (after - before) / 2,
                    static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec),
                    after - before};
        }
    }
    return best;
}

cpu_set_t allowed_set() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        throw Error(Exit::environment, fmt::format("sched_getaffinity: {}", std::strerror(errno)));
    }
    return allowed;
}

}  // namespace

double calibrate_tsc() {
    const Reading start = read_both();
    const timespec pause = {0, 100'000'000};
    nanosleep(&pause, nullptr);
    const Reading end = read_both();
    return static_cast<double>(end.ticks - start.ticks) / (end.ns - start.ns);
}

int choose_cpu(int wanted) {
    const cpu_set_t allowed = allowed_set();
    int cpu = wanted;
    if (wanted < 0) {
        for (int i = 0; i < CPU_SETSIZE; ++i) {
            if (CPU_ISSET(i, &allowed)) cpu = i;
        }
    } else if (wanted >= CPU_SETSIZE || !CPU_ISSET(wanted, &allowed)) {
        throw Error(Exit::usage,
                    fmt::format("--cpu {}: not one of the CPUs that this process may use", wanted));
    }
    return cpu;
}

int pin_to_cpu(int wanted) {
    const int cpu = choose_cpu(wanted);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) {
        throw Error(Exit::environment, fmt::format("cannot pin to CPU {}: {}", cpu, std::strerror(errno)));
    }
    return cpu;
}

bool leave_cpu(int cpu) {
    cpu_set_t others = allowed_set();
    CPU_CLR(cpu, &others);
    return CPU_COUNT(&others) > 0 && sched_setaffinity(0, sizeof others, &others) == 0;
}

}  // namespace stackshift
