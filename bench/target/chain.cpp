// SPDX-License-Identifier: MIT
// self-exec: the program execs itself. Linked with PT_INTERP and a libc, the same source is `dynamic`: the
// dynamic linker then has run before _start.
#include "target/self.h"

extern "C" [[noreturn]] void target_main(uintptr_t* stack, uint64_t entered) {
    exec_self(stack, entered, 0, stamp_and_exec);
}
