// SPDX-License-Identifier: MIT
// vfork-exec: the child runs on its parent's memory and stack until it execs.
#include "target/parent.h"

extern "C" [[noreturn]] void target_main(uintptr_t* stack, uint64_t /*entered*/) {
    be_parent<kVfork>(stack);
}
