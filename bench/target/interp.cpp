// SPDX-License-Identifier: MIT
// script: the interpreter of a script that execs this script. The kernel has put the interpreter's name
// before the script's, which stands where argv[0] stood.
#include "target/self.h"

extern "C" [[noreturn]] void target_main(uintptr_t* stack, uint64_t entered) {
    exec_self(stack, entered, 1, stamp_and_exec);
}
