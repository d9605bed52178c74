// SPDX-License-Identifier: MIT
// Says on file descriptor 3 what a new program finds: a header in words of 64 bits, then all strings as they
// stand. Freestanding, native and i386 from one source; used as a program, an interpreter and a setuid
// program.
#include "probe.h"

#include <stdint.h>

#ifdef __x86_64__
enum Syscall : long { kWrite = 1, kExit = 60 };
static inline long syscall3(long number, long a, const void* b, long c) {
    long result;
    asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}
asm(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall probe_main\n");
#else
enum Syscall : long { kWrite = 4, kExit = 1 };
static inline long syscall3(long number, long a, const void* b, long c) {
    long result;
    asm volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
    return result;
}
asm(".globl _start\n_start:\n\tmov %esp, %eax\n\tand $-16, %esp\n\tsub $12, %esp\n\tpush %eax\n\tcall "
    "probe_main\n");
#endif

namespace {

void put(const void* data, long bytes) {
    const char* at = static_cast<const char*>(data);
    while (bytes > 0) {
        const long n = syscall3(kWrite, 3, at, bytes);
        if (n <= 0) break;
        at += n;
        bytes -= n;
    }
}

long length(const char* text) {
    long n = 0;
    while (text[n] != 0) ++n;
    return n;
}

}  // namespace

extern "C" [[noreturn]] __attribute__((used)) void probe_main(uintptr_t* stack) {
    ProbeHeader header = {};
    char** argv = reinterpret_cast<char**>(stack + 1);
    header.bits = sizeof(long) * 8;
    header.argc = stack[0];
    char** envp = argv + header.argc + 1;
    while (envp[header.envc] != nullptr) ++header.envc;
    const char* name = nullptr;
    for (uintptr_t* aux = reinterpret_cast<uintptr_t*>(envp + header.envc + 1); aux[0] != 0; aux += 2) {
        if (aux[0] == 31) name = reinterpret_cast<const char*>(aux[1]);  // AT_EXECFN
        if (aux[0] == 23) header.secure = aux[1];                        // AT_SECURE
        if (aux[0] == 12) header.euid = aux[1];                          // AT_EUID
    }
    // The file name is the first string that is staged, below one empty word.
    header.stack_end = reinterpret_cast<uintptr_t>(name) + static_cast<uintptr_t>(length(name)) + 1 + 8;
    put(&header, sizeof header);
    for (uint64_t i = 0; i < header.argc; ++i) put(argv[i], length(argv[i]) + 1);
    for (uint64_t i = 0; i < header.envc; ++i) put(envp[i], length(envp[i]) + 1);
    for (;;) syscall3(kExit, 0, nullptr, 0);
}
