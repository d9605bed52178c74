// SPDX-License-Identifier: MIT
// What every program that is exec'd stands on: system calls without a library, the entry with its time stamp,
// and records. To be included once, by a freestanding program's only source, which defines target_main().
#pragma once

#include "target/protocol.h"

using namespace stackshift::protocol;

#ifdef __x86_64__
enum Syscall : long {
    kRead = 0,
    kWrite = 1,
    kOpen = 2,
    kClose = 3,
    kSeek = 8,
    kIoctl = 16,
    kPause = 34,
    kClone = 56,
    kFork = 57,
    kVfork = 58,
    kExecve = 59,
    kExit = 60,
    kWait4 = 61,
    kExitGroup = 231,
    kPerfEventOpen = 298
};

static inline long syscall3(long number, const void* a, const void* b, const void* c) {
    long result;
    asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}

static inline long syscall5(long number, const void* a, long b, long c, long d, long e) {
    long result;
    register long r10 asm("r10") = d;
    register long r8 asm("r8") = e;
    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                 : "rcx", "r11", "memory");
    return result;
}

// The stamp comes before anything else; lfence keeps it from being taken before the return from the kernel
// ends.
asm(".globl _start\n"
    "_start:\n"
    "    lfence\n"
    "    rdtsc\n"
    "    shl $32, %rdx\n"
    "    or %rdx, %rax\n"
    "    mov %rsp, %rdi\n"
    "    mov %rax, %rsi\n"
    "    and $-16, %rsp\n"
    "    call target_main\n");
#else
enum Syscall : long {
    kRead = 3,
    kWrite = 4,
    kOpen = 5,
    kClose = 6,
    kSeek = 19,
    kIoctl = 54,
    kPause = 29,
    kClone = 120,
    kFork = 2,
    kVfork = 190,
    kExecve = 11,
    kExit = 1,
    kWait4 = 114,
    kExitGroup = 252,
    kPerfEventOpen = 336
};

static inline long syscall3(long number, const void* a, const void* b, const void* c) {
    long result;
    asm volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
    return result;
}

static inline long syscall5(long number, const void* a, long b, long c, long d, long e) {
    long result;
    asm volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
    return result;
}

asm(".globl _start\n"
    "_start:\n"
    "    lfence\n"
    "    rdtsc\n"
    "    mov %esp, %ecx\n"
    "    and $-16, %esp\n"
    "    sub $4, %esp\n"
    "    push %edx\n"
    "    push %eax\n"
    "    push %ecx\n"
    "    call target_main\n");
#endif

/// Where every program goes on. `stack` is the stack pointer at entry (argc, argv..., NULL, envp..., NULL);
/// `entered` the TSC at entry.
extern "C" [[noreturn]] __attribute__((used)) void target_main(uintptr_t* stack, uint64_t entered);

namespace {

const void* as_pointer(long value) {
    return reinterpret_cast<const void*>(value);
}

uint64_t read_tsc() {
    uint32_t low;
    uint32_t high;
    asm volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
    return uint64_t{high} << 32 | low;
}

[[noreturn]] void leave(long code) {
    for (;;) syscall3(kExit, as_pointer(code), nullptr, nullptr);
}

void write_all(const void* data, uint32_t bytes) {
    const char* at = static_cast<const char*>(data);
    while (bytes > 0) {
        const long n = syscall3(kWrite, as_pointer(kRecordFd), at, as_pointer(static_cast<long>(bytes)));
        // Nothing can be reported any more; the collector sees the exit code and a chain that is too short.
        if (n <= 0) leave(2);
        at += n;
        bytes -= static_cast<uint32_t>(n);
    }
}

void write_record(RecordType type, const void* body, uint32_t bytes) {
    const RecordHeader header = {type, bytes};
    write_all(&header, sizeof header);
    write_all(body, bytes);
}

[[noreturn]] void fail(FailureKind kind, uint32_t detail, uint32_t offset, uint32_t left) {
    const FailureRecord record = {kind, detail, offset, left};
    write_record(kRecordFailure, &record, sizeof record);
    leave(1);
}

/// Copies a file of /proc into records. The small buffer lies in stack that is there anyway: a large one
/// would add page faults to the counts that are being read.
void record_file(RecordType type, const char* path) {
    const long fd = syscall3(kOpen, path, nullptr, nullptr);
    if (fd < 0) return;
    char buffer[512];
    for (;;) {
        const long n = syscall3(kRead, as_pointer(fd), buffer, as_pointer(sizeof buffer));
        if (n <= 0) break;
        write_record(type, buffer, static_cast<uint32_t>(n));
    }
    syscall3(kClose, as_pointer(fd), nullptr, nullptr);
}

/// A snapshot starts with an empty piece.
inline void record_vmstat() {
    write_record(kRecordVmstat, nullptr, 0);
    record_file(kRecordVmstat, "/proc/vmstat");
}

inline void record_sample(uint64_t before, uint64_t entered) {
    const SampleRecord sample = {static_cast<uint32_t>(before), static_cast<uint32_t>(before >> 32),
                                 static_cast<uint32_t>(entered), static_cast<uint32_t>(entered >> 32)};
    write_record(kRecordSample, &sample, sizeof sample);
}

}  // namespace
