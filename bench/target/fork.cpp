// SPDX-License-Identifier: MIT
// fork-exec: the child has a copy of its parent's memory, which here is as small as a process can have it.
#include "target/parent.h"

extern "C" [[noreturn]] void target_main(uintptr_t* stack, uint64_t /*entered*/) {
    be_parent<kFork>(stack);
}
