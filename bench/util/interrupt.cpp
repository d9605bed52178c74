// SPDX-License-Identifier: MIT
#include "util/interrupt.h"

#include <csignal>

#include "util/error.h"

namespace stackshift {
namespace {

volatile std::sig_atomic_t caught_signal = 0;

extern "C" void remember_signal(int signal) {
    caught_signal = signal;
}

}  // namespace

void catch_interrupts() {
    struct sigaction action = {};
    action.sa_handler = remember_signal;
    sigemptyset(&action.sa_mask);
    // No SA_RESTART: a poll() under way must return so that the flag is seen at once.
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
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
