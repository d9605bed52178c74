// SPDX-License-Identifier: MIT
// The program that is exec'd: it execs itself until its count is down, and reports the time of each exec.
//
// Freestanding (no libc, no loader, no FPU), one source for both ABIs, so that an exec of it is as near to
// "execve and nothing else" as a program gets. Everything it does between two execs (checks, reports) lies
// outside the window from the stamp before execve to the stamp in _start.
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
    kExecve = 59,
    kExit = 60,
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
    "    call chain_main\n");
#else
enum Syscall : long {
    kRead = 3,
    kWrite = 4,
    kOpen = 5,
    kClose = 6,
    kSeek = 19,
    kIoctl = 54,
    kExecve = 11,
    kExit = 1,
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
    "    call chain_main\n");
#endif

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

// Events: opened anew for each exec, because enable_on_exec works once.

constexpr long kPerfEnable = 0x2400;   // PERF_EVENT_IOC_ENABLE
constexpr long kPerfDisable = 0x2401;  // PERF_EVENT_IOC_DISABLE
constexpr long kPerfGroup = 1;         // PERF_IOC_FLAG_GROUP

void switch_events(long request) {
    syscall3(kIoctl, as_pointer(kEventLeaderFd), as_pointer(request), as_pointer(kPerfGroup));
}

EventConfig open_events(uint32_t left) {
    EventConfig config = {};
    syscall3(kSeek, as_pointer(kEventFd), nullptr, nullptr);
    syscall3(kRead, as_pointer(kEventFd), &config, as_pointer(sizeof config));
    for (uint32_t i = 0; i < config.count; ++i) {
        char attributes[kEventAttrBytes];
        syscall3(kRead, as_pointer(kEventFd), attributes, as_pointer(sizeof attributes));
        const long fd = syscall5(kPerfEventOpen, attributes, 0, -1, i == 0 ? -1 : kEventLeaderFd, 0);
        if (fd != kEventLeaderFd + static_cast<long>(i))
            fail(kFailEvents, static_cast<uint32_t>(-fd), i, left);
    }
    return config;
}

void record_events(RecordType type) {
    // nr, time_enabled, time_running and a value an event
    uint64_t values[3 + kMostEvents];
    const long n = syscall3(kRead, as_pointer(kEventLeaderFd), values, as_pointer(sizeof values));
    write_record(type, values, n > 0 ? static_cast<uint32_t>(n) : 0);
    for (uint32_t i = 0; i < kMostEvents; ++i)
        syscall3(kClose, as_pointer(kEventLeaderFd + i), nullptr, nullptr);
}

uint32_t load_word(const char* at) {
    uint32_t word;
    __builtin_memcpy(&word, at, sizeof word);
    return word;
}

/// The last word of a string of `length` bytes with NUL: the payload's bytes up to the NUL, zero behind it.
uint32_t cut_word(uint32_t word, uint32_t kept_bytes) {
    return word & ((1U << (8 * kept_bytes)) - 1);
}

/// The last, cut word as received, without reading behind the NUL (the next byte may be no longer mapped).
uint32_t load_tail(const char* at, uint32_t bytes) {
    uint32_t word = 0;
    for (uint32_t i = 0; i < bytes; ++i) word |= uint32_t{static_cast<uint8_t>(at[i])} << (8 * i);
    return word;
}

/// Checksums one set of strings as received. `word_index` runs on from string to string.
uint32_t sum_strings(char* const* strings, const StringSet& set, uint32_t sum) {
    for (uint32_t k = 0; k < set.count; ++k) {
        const char* at = strings[k];
        const uint32_t length = set.length_of(k);
        const char* last_word = at + (length - 1) / 4 * 4;
        for (; at < last_word; at += 4) sum = checksum_word(sum, load_word(at));
        sum = checksum_word(sum, load_tail(at, (length - 1) % 4 + 1));
    }
    return sum;
}

/// The slow look, only after the checksum was wrong: where is the first byte that differs?
void find_wrong_byte(char* const* strings, const StringSet& set, FailureKind kind, uint32_t& word_index,
                     uint32_t left) {
    for (uint32_t k = 0; k < set.count; ++k) {
        const uint32_t length = set.length_of(k);
        for (uint32_t at = 0; at < length; at += 4) {
            uint32_t expected = payload_word(word_index++);
            const uint32_t bytes = length - at < 4 ? length - at : 4;
            if (at + bytes == length) expected = cut_word(expected, bytes - 1);
            const uint32_t difference = load_tail(strings[k] + at, bytes) ^ expected;
            if (difference != 0)
                fail(kind, k, at + static_cast<uint32_t>(__builtin_ctz(difference)) / 8, left);
        }
    }
}

/// Everything that was sent must be here, byte for byte, as the cell defines it.
void check_strings(uintptr_t argc, char** argv, char** envp, const char* state, uint32_t left) {
    uint32_t guard = kChecksumStart;
    for (uint32_t at = kStateArgvCount; at < kStateGuard; at += 4)
        guard = checksum_word(guard, load_word(state + at));
    if (guard != get_field(state, kStateGuard) || state[kStateBytes - 1] != 0) fail(kFailState, 0, 0, left);

    const StringSet in_argv = {get_field(state, kStateArgvCount), get_field(state, kStateArgvLength),
                               get_field(state, kStateArgvLast)};
    const StringSet in_env = {get_field(state, kStateEnvCount), get_field(state, kStateEnvLength),
                              get_field(state, kStateEnvLast)};
    if (argc != in_argv.count + 2 || argv[argc] != nullptr) {
        fail(kFailArgc, static_cast<uint32_t>(argc), 0, left);
    }
    uint32_t envc = 0;
    while (envp[envc] != nullptr) ++envc;
    if (envc != in_env.count) fail(kFailEnvc, envc, 0, left);

    uint32_t sum = sum_strings(argv + 2, in_argv, kChecksumStart);
    sum = sum_strings(envp, in_env, sum);
    if (sum == get_field(state, kStateChecksum)) return;
    uint32_t word_index = 0;
    find_wrong_byte(argv + 2, in_argv, kFailArgv, word_index, left);
    find_wrong_byte(envp, in_env, kFailEnv, word_index, left);
    fail(kFailChecksum, sum, 0, left);
}

}  // namespace

/// `stack` is the stack pointer at entry (argc, argv..., NULL, envp..., NULL); `entered` the TSC at entry.
extern "C" [[noreturn]] __attribute__((used)) void chain_main(uintptr_t* stack, uint64_t entered) {
    const uintptr_t argc = stack[0];
    char** argv = reinterpret_cast<char**>(stack + 1);
    char** envp = argv + argc + 1;
    if (argc < 2) fail(kFailArgc, static_cast<uint32_t>(argc), 0, 0);
    char* state = argv[1];

    const uint32_t left = get_field(state, kStateLeft);
    const uint32_t flags = get_field(state, kStateFlags);
    const uint64_t before = get_nibbles(state + kStateStamp, 16);
    const bool counts = (flags & kFlagEvents) != 0;
    if (counts && before != 0) switch_events(kPerfDisable);
    check_strings(argc, argv, envp, state, left);

    // The collector sends no stamp: the exec out of its own, larger image is not a sample.
    if (before != 0) {
        if ((flags & kFlagPhases) != 0) record_file(kRecordPhases, "/proc/self/exec_phases");
        const SampleRecord sample = {static_cast<uint32_t>(before), static_cast<uint32_t>(before >> 32),
                                     static_cast<uint32_t>(entered), static_cast<uint32_t>(entered >> 32)};
        if (counts) record_events(kRecordEvents);
        write_record(kRecordSample, &sample, sizeof sample);
    } else if (counts) {
        open_events(left);
        switch_events(kPerfEnable);
        switch_events(kPerfDisable);
        record_events(kRecordEmptyEvents);
    }
    if ((flags & kFlagVmstat) != 0 && (before == 0 || left == 0)) {
        write_record(kRecordVmstat, nullptr, 0);
        record_file(kRecordVmstat, "/proc/vmstat");
    }
    if (left == 0) {
        write_record(kRecordDone, nullptr, 0);
        leave(0);
    }
    put_nibbles(state + kStateLeft, left - 1, 8);
    if (counts && open_events(left).enable_now != 0) switch_events(kPerfEnable);
    put_nibbles(state + kStateStamp, read_tsc(), 16);
    const long result = syscall3(kExecve, argv[0], argv, envp);
    fail(kFailExec, static_cast<uint32_t>(-result), 0, left);
}
