// SPDX-License-Identifier: MIT
// For LD_PRELOAD: QEMU's main loop comes back from its poll late by a random time, as on a busy host. What a
// guest counts must not depend on that.
#include <dlfcn.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <random>

extern "C" int ppoll(pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t* mask) {
    using Clock = std::chrono::steady_clock;
    static const auto next = reinterpret_cast<decltype(&ppoll)>(dlsym(RTLD_NEXT, "ppoll"));
    thread_local std::minstd_rand random(static_cast<unsigned>(getpid()));
    const int result = next(fds, count, timeout, mask);
    const auto end = Clock::now() + std::chrono::microseconds(random() % 300);
    // A sleep would never be as short.
    while (Clock::now() < end) {
    }
    return result;
}
