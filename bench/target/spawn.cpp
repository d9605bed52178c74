// SPDX-License-Identifier: MIT
// posix-spawn: the libc's posix_spawn(), so this parent is a dynamic program. It starts and execs in one
// call: there is no stamp between the two, and the child's window starts with the call.
#include "target/parent.h"

extern "C" int posix_spawn(int* pid, const char* file, const void* actions, const void* attributes,
                           char** argv, char** envp);

extern "C" [[noreturn]] void target_main(uintptr_t* stack, uint64_t /*entered*/) {
    const Given given = take_given(stack, 0);
    given.argv[0] = const_cast<char*>(kChildProgram);
    operate_all(given, [&]() -> long {
        put_nibbles(given.state + kStateStamp, read_tsc(), 16);
        int pid = 0;
        const int error = posix_spawn(&pid, given.argv[0], nullptr, nullptr, given.argv, given.envp);
        return error != 0 ? -error : pid;
    });
    report_done();
}
