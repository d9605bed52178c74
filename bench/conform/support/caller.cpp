// SPDX-License-Identifier: MIT
#include "conform/support/caller.h"

#include <sys/personality.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace stackshift {

void become_unprivileged() {
    if (setgid(1000) != 0 || setuid(1000) != 0) _exit(1);
    // Like a program that the user has started: a process that changes its user is not for all of them to
    // look into.
    if (prctl(PR_SET_DUMPABLE, 1) != 0) _exit(1);
}

void no_randomize() {
    if (personality(ADDR_NO_RANDOMIZE) < 0) _exit(1);
}

void limit_3gb() {
    if (personality(ADDR_LIMIT_3GB) < 0) _exit(1);
}

void unprivileged_no_randomize() {
    no_randomize();
    become_unprivileged();
}

}  // namespace stackshift
