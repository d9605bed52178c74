// SPDX-License-Identifier: MIT
#include "util/interrupt.h"

#include <unistd.h>

#include <csignal>

#include "util/error.h"

namespace stackshift {
namespace {

volatile std::sig_atomic_t caught_signal = 0;

int exit_status() {
    return 128 + static_cast<int>(caught_signal);
}

extern "C" void remember_signal(int signal) {
    if (caught_signal != 0) _exit(exit_status());
    caught_signal = signal;
    alarm(kLongestStopSeconds);
}

extern "C" void end_at_once(int /*signal*/) {
    _exit(exit_status());
}

}  // namespace

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
