// SPDX-License-Identifier: MIT
#include "util/interrupt.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>

#include "util/error.h"

namespace stackshift {
namespace {

volatile std::sig_atomic_t caught_signal = 0;

// 0: free. Read by a signal's handler.
std::array<std::atomic<int>, kMostGroups> groups = {};
static_assert(std::atomic<int>::is_always_lock_free);

void replace_group(int from, int to) {
    for (std::atomic<int>& group : groups) {
        int expected = from;
        if (group.compare_exchange_strong(expected, to)) return;
    }
}

[[noreturn]] void end_with_groups() {
    for (const std::atomic<int>& group : groups)
        if (group > 0) kill(-group, SIGKILL);
    _exit(128 + static_cast<int>(caught_signal));
}

extern "C" void remember_signal(int signal) {
    if (caught_signal != 0) end_with_groups();
    caught_signal = signal;
    alarm(kLongestStopSeconds);
}

extern "C" void end_at_once(int /*signal*/) {
    end_with_groups();
}

}  // namespace

void watch_group(int group) {
    replace_group(0, group);
}

void forget_group(int group) {
    replace_group(group, 0);
}

void catch_interrupts() {
    struct sigaction action = {};
    action.sa_handler = remember_signal;
    sigemptyset(&action.sa_mask);
    // No SA_RESTART: a poll() under way must return so that the flag is seen at once.
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    std::signal(SIGALRM, end_at_once);
    // Writing to a reader that has gone fails instead (see main()).
    std::signal(SIGPIPE, SIG_IGN);
}

bool interrupted() {
    return caught_signal != 0;
}

void check_interrupt() {
    if (caught_signal == SIGINT) throw Error(Exit::interrupted, "interrupted");
    if (caught_signal == SIGTERM) throw Error(Exit::terminated, "terminated");
}

}  // namespace stackshift
