// SPDX-License-Identifier: MIT
// A program that execs itself until its count is down, and reports the time of each exec.
//
// Freestanding (no libc, no loader, no FPU), one source for both ABIs, so that an exec of it is as near to
// "execve and nothing else" as a program gets. Everything it does between two execs (checks, reports) lies
// outside the window from the stamp before execve to the stamp in _start.
#pragma once

#include "target/arrival.h"

namespace {

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

/// The whole program. `lead`: strings that the kernel has put before those that the program was exec'd with.
/// `exec(argv, envp, state, left)` stamps the state, execs and does not return.
template <typename Exec>
[[noreturn]] inline void exec_self(uintptr_t* stack, uint64_t entered, uintptr_t lead, Exec exec) {
    const uintptr_t argc = stack[0] - lead;
    char** argv = reinterpret_cast<char**>(stack + 1 + lead);
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
        if (counts) record_events(kRecordEvents);
        record_sample(before, entered);
    } else if (counts) {
        open_events(left);
        switch_events(kPerfEnable);
        switch_events(kPerfDisable);
        record_events(kRecordEmptyEvents);
    }
    if ((flags & kFlagVmstat) != 0 && (before == 0 || left == 0)) {
        record_vmstat();
    }
    if (left == 0) {
        write_record(kRecordDone, nullptr, 0);
        leave(0);
    }
    put_nibbles(state + kStateLeft, left - 1, 8);
    if (counts && open_events(left).enable_now != 0) switch_events(kPerfEnable);
    exec(argv, envp, state, left);
    __builtin_unreachable();
}

/// The plain way.
[[noreturn]] inline void stamp_and_exec(char** argv, char** envp, char* state, uint32_t left) {
    put_nibbles(state + kStateStamp, read_tsc(), 16);
    const long result = syscall3(kExecve, argv[0], argv, envp);
    fail(kFailExec, static_cast<uint32_t>(-result), 0, left);
}

}  // namespace
