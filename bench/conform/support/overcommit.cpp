// SPDX-License-Identifier: MIT
#include "conform/support/overcommit.h"

#include <unistd.h>

#include <string>

#include "conform/support/machine.h"

namespace stackshift {
namespace {

constexpr const char* kMode = "/proc/sys/vm/overcommit_memory";
constexpr const char* kMost = "/proc/sys/vm/overcommit_kbytes";

}  // namespace

void never_overcommit(long kib) {
    // A 32nd of the caller's address space is kept free up to this, of whoever's stack grows: with userstack
    // that is this program, whose threads have reserved much.
    write_text("/proc/sys/vm/user_reserve_kbytes", "0");
    // Setting the mode also makes the counter exact.
    if (!write_text(kMost, std::to_string(meminfo_kib("Committed_AS") + kib)) || !write_text(kMode, "2"))
        _exit(1);
}

void overcommit_again() {
    write_text(kMode, "0");
    write_text(kMost, "0");
    write_text("/proc/sys/vm/overcommit_ratio", "50");
}

}  // namespace stackshift
