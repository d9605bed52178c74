// SPDX-License-Identifier: MIT
// A program that starts others, one after the other, and reports what each whole operation took it: from the
// call that makes the child to its being reaped. The strings that it is given itself are those that the
// children get.
#pragma once

#include "target/arrival.h"

namespace {

/// As the parent was given it.
struct Given {
    char** argv;  ///< of the child: its name, the state, the payload
    char** envp;
    char* state;
    uint32_t left;
    uint32_t flags;
};

/// In the child. Not inlined into a function that vfork returns to twice: its frame is the parent's too.
[[noreturn]] __attribute__((noinline, unused)) void become(const char* file, char** argv, char** envp,
                                                           uint32_t left) {
    const long result = syscall3(kExecve, file, argv, envp);
    fail(kFailExec, static_cast<uint32_t>(-result), 0, left);
}

[[noreturn]] __attribute__((noinline, unused)) void stamp_and_become(const Given& given, const char* file,
                                                                     char** argv) {
    put_nibbles(given.state + kStateStamp, read_tsc(), 16);
    const long result = syscall3(kExecve, file, argv, given.envp);
    fail(kFailExec, static_cast<uint32_t>(-result), 0,
         (get_field(given.state, kStateLeft) & ~kLeftPhases) + 1);
}

/// The result of a system call that makes a child, which execs `file` with `argv`.
template <Syscall number>
inline long exec_in_child(const Given& given, const char* file, char** argv) {
    // A forked child would else copy the state's page between its stamp and execve.
    if (number == kFork) put_nibbles(given.state + kStateStamp, 0, 16);
    const long pid = syscall3(number, nullptr, nullptr, nullptr);
    if (pid == 0) stamp_and_become(given, file, argv);
    return pid;
}

/// One child from the call to its end. `start` returns its process id, or a negative errno.
template <typename Start>
inline OperationRecord operate(uint32_t left, Start start) {
    OperationRecord operation;
    int status = 0;
    operation.called = read_tsc();
    const long pid = start();
    operation.resumed = read_tsc();
    const long waited =
        pid > 0 ? syscall5(kWait4, as_pointer(pid), reinterpret_cast<long>(&status), 0, 0, 0) : 0;
    operation.reaped = read_tsc();
    if (pid <= 0) fail(kFailStart, static_cast<uint32_t>(-pid), 0, left);
    // Exit code 1: the child has said what is wrong.
    if (waited == pid && status == 1 << 8) leave(1);
    if (waited != pid || status != 0) fail(kFailChild, static_cast<uint32_t>(status), 0, left);
    return operation;
}

/// Checks what the parent got. `lead`: strings that stand before the child's.
inline Given take_given(uintptr_t* stack, uintptr_t lead) {
    const uintptr_t argc = stack[0] - lead;
    char** argv = reinterpret_cast<char**>(stack + 1 + lead);
    if (argc < 2) fail(kFailArgc, static_cast<uint32_t>(argc), 0, 0);
    const Given given = {argv, argv + argc + 1, argv[1], get_field(argv[1], kStateLeft),
                         get_field(argv[1], kStateFlags)};
    check_strings(argc, argv, given.envp, given.state, given.left);
    return given;
}

/// One operation after the other. `mark`: 0 or kLeftPhases.
template <typename Start>
inline void operate_each(const Given& given, uint32_t mark, Start start) {
    for (uint32_t left = given.left; left > 0; --left) {
        put_nibbles(given.state + kStateLeft, (left - 1) | mark, 8);
        const OperationRecord operation = operate(left, start);
        write_record(kRecordOperation, &operation, sizeof operation);
    }
}

/// The operations that are measured, what is read around them, and those that show phases.
template <typename Start>
inline void operate_all(const Given& given, Start start) {
    if ((given.flags & kFlagVmstat) != 0) record_vmstat();
    operate_each(given, 0, start);
    if ((given.flags & kFlagVmstat) != 0) record_vmstat();
    if ((given.flags & kFlagPhases) != 0) operate_each(given, kLeftPhases, start);
}

[[noreturn]] inline void report_done() {
    write_record(kRecordDone, nullptr, 0);
    leave(0);
}

/// A parent whose children are target/child.cpp's, made by the system call `number`.
template <Syscall number>
[[noreturn]] inline void be_parent(uintptr_t* stack) {
    const Given given = take_given(stack, 0);
    given.argv[0] = const_cast<char*>(kChildProgram);
    operate_all(given, [&] { return exec_in_child<number>(given, given.argv[0], given.argv); });
    report_done();
}

}  // namespace
