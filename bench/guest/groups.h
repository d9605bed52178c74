// SPDX-License-Identifier: MIT
// The groups of conformance tests, for both sides: the guest runs those that its command line names
// (groups=args,scripts), the host decides which boot names which.
#pragma once

namespace stackshift {

/// The machine that a group wants.
enum class Machine {
    serial,    ///< one CPU, instruction counting: the same events in the same order at every boot
    parallel,  ///< two CPUs at the same time: for races
    debug,     ///< as parallel, and only with fault injection (kernels/config/debug.config)
};

struct GroupName {
    const char* name;
    Machine machine;
};

inline constexpr GroupName kGroups[] = {
    {"args", Machine::serial},         // strings arrive byte for byte; limits of their size and number
    {"chain", Machine::serial},        // hundreds of self-execs, each checked
    {"scripts", Machine::serial},      // interpreters of interpreters, of both ABIs, binfmt_misc
    {"prediction", Machine::serial},   // every way in which a prediction of the stack's place can end
    {"failures", Machine::serial},     // execs that fail before and after the point of no return
    {"leaks", Machine::serial},        // and leave nothing behind, thousands of times
    {"view", Machine::serial},         // what the new program and /proc show
    {"aslr", Machine::serial},         // where the stack ends, as a distribution
    {"environment", Machine::serial},  // limits, personalities, stack flags of the program
    {"parents", Machine::serial},      // vfork, posix_spawn, threads, sigaltstack, the kernel itself
    {"swap", Machine::serial},         // arguments larger than the memory cgroup
    {"kernel", Machine::serial},       // the kernel's own: KUnit, kselftest
    {"nomem", Machine::serial},        // every allocation of an exec fails once
    {"race", Machine::parallel},       // somebody who shares the strings' memory writes to it
    {"storm", Machine::parallel},      // execs, kills and threads on both CPUs
    {"churn", Machine::debug},         // allocation failures at random, swapping
};

}  // namespace stackshift
