// SPDX-License-Identifier: MIT
// thread-exec: a second thread of the program execs it, while the first sleeps. The kernel ends the first
// inside the exec, and the second takes over its process id.
#include "target/self.h"

namespace {

// CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM (linux/sched.h): what
// pthread_create() shares.
constexpr unsigned long kThread = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000;
/// The second thread's stack lies so far below the first's, which sleeps with less.
constexpr uintptr_t kStackGap = 8192;

struct ThreadExec {
    char** argv;
    char** envp;
    char* state;
    uint32_t left;
};

extern "C" [[noreturn]] __attribute__((used)) void exec_in_thread(const ThreadExec* what) {
    put_nibbles(what->state + kStateStamp, read_tsc(), 16);
    const long result = syscall3(kExecve, what->argv[0], what->argv, what->envp);
    // Not as fail() does: it would end this thread alone.
    const FailureRecord record = {kFailExec, static_cast<uint32_t>(-result), 0, what->left};
    write_record(kRecordFailure, &record, sizeof record);
    for (;;) syscall3(kExitGroup, as_pointer(1), nullptr, nullptr);
}

/// Starts exec_in_thread(what) on `stack`, which holds what the new thread pops: where to go, and with what.
long start_thread(uintptr_t* stack) {
    long result;
#ifdef __x86_64__
    asm volatile(
        "syscall\n\t"
        "test %%rax, %%rax\n\t"
        "jnz 1f\n\t"
        "pop %%rax\n\t"
        "pop %%rdi\n\t"
        "call *%%rax\n"
        "1:"
        : "=a"(result)
        : "a"(kClone), "D"(kThread), "S"(stack), "d"(0L)
        : "rcx", "r11", "memory");
#else
    asm volatile(
        "int $0x80\n\t"
        "test %%eax, %%eax\n\t"
        "jnz 1f\n\t"
        "pop %%eax\n\t"
        "call *%%eax\n"
        "1:"
        : "=a"(result)
        : "a"(kClone), "b"(kThread), "c"(stack), "d"(0L), "S"(0L), "D"(0L)
        : "memory");
#endif
    return result;
}

[[noreturn]] void exec_by_thread(char** argv, char** envp, char* state, uint32_t left) {
    const ThreadExec what = {argv, envp, state, left};
    const uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    // Aligned for a call once the thread has popped what it pops (i386: not the argument, which stays).
    constexpr uintptr_t kPopped = sizeof(void*) == 8 ? 2 : 1;
    uintptr_t* const top = reinterpret_cast<uintptr_t*>((here - kStackGap) & ~uintptr_t{15}) - kPopped;
    top[0] = reinterpret_cast<uintptr_t>(&exec_in_thread);
    top[1] = reinterpret_cast<uintptr_t>(&what);
    const long result = start_thread(top);
    if (result < 0) fail(kFailThread, static_cast<uint32_t>(-result), 0, left);
    for (;;) syscall3(kPause, nullptr, nullptr, nullptr);
}

}  // namespace

extern "C" [[noreturn]] void target_main(uintptr_t* stack, uint64_t entered) {
    exec_self(stack, entered, 0, exec_by_thread);
}
