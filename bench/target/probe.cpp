// SPDX-License-Identifier: MIT
// A program that tells what it was given. It writes ProbeHeader and the strings to file descriptor 3. Where
// descriptor 4 is open, it then writes a byte there and waits for the end of file on descriptor 5, so that
// its process can be looked at from outside. Exit code 0. Freestanding, native and i386 from one source; used
// as a program, an interpreter, a setuid program and a core pattern's helper.
#include "target/probe.h"

#include <stdint.h>

using stackshift::ProbeHeader;

#ifdef __x86_64__
enum Syscall : long { kRead = 0, kWrite = 1, kExit = 60 };
static inline long syscall3(long number, long a, const void* b, long c) {
    long result;
    asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}
asm(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall probe_main\n");
#else
enum Syscall : long { kRead = 3, kWrite = 4, kExit = 1 };
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

/// All strings of a vector, in as few writes as they lie together.
const char* put_strings(char** strings) {
    const char* from = nullptr;
    const char* end = nullptr;
    for (; *strings != nullptr; ++strings) {
        if (*strings != end) {
            if (from != nullptr) put(from, end - from);
            from = *strings;
        }
        end = *strings + length(*strings) + 1;
    }
    if (from != nullptr) put(from, end - from);
    return end;
}

const char* past_last(char** strings, const char* otherwise) {
    const char* end = otherwise;
    for (; *strings != nullptr; ++strings) end = *strings + length(*strings) + 1;
    return end;
}

}  // namespace

extern "C" [[noreturn]] __attribute__((used)) void probe_main(uintptr_t* stack) {
    ProbeHeader header = {};
    char** argv = reinterpret_cast<char**>(stack + 1);
    header.bits = sizeof(long) * 8;
    header.sp = reinterpret_cast<uintptr_t>(stack);
    header.argc = stack[0];
    char** envp = argv + header.argc + 1;
    while (envp[header.envc] != nullptr) ++header.envc;
    const char* name = "";
    for (uintptr_t* aux = reinterpret_cast<uintptr_t*>(envp + header.envc + 1); aux[0] != 0; aux += 2) {
        if (aux[0] == 31) name = reinterpret_cast<const char*>(aux[1]);  // AT_EXECFN
        if (aux[0] == 23) header.secure = aux[1];                        // AT_SECURE
        if (aux[0] == 12) header.euid = aux[1];                          // AT_EUID
        if (aux[0] == 25) {                                              // AT_RANDOM
            const uint64_t* random = reinterpret_cast<const uint64_t*>(aux[1]);
            header.random[0] = random[0];
            header.random[1] = random[1];
        }
    }
    for (unsigned i = 0; name[i] != 0 && i + 1 < sizeof header.execfn; ++i) header.execfn[i] = name[i];
    // The file name is the first string that is staged, below one empty word.
    header.stack_end =
        reinterpret_cast<uintptr_t>(name) + static_cast<uintptr_t>(length(name)) + 1 + sizeof(uint64_t);
    header.first_string = reinterpret_cast<uintptr_t>(argv[0]);
    header.past_strings = reinterpret_cast<uintptr_t>(past_last(envp, past_last(argv, nullptr)));
    put(&header, sizeof header);
    put_strings(argv);
    put_strings(envp);
    char byte = 1;
    if (syscall3(kWrite, 4, &byte, 1) == 1) syscall3(kRead, 5, &byte, 1);
    for (;;) syscall3(kExit, 0, nullptr, 0);
}
