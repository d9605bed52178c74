// SPDX-License-Identifier: MIT
// shell: `sh -c` of a builtin, started by vfork. The shell is dash and not ours: nothing stamps its entry and
// nothing in it checks what arrived. So the first and the last command, which are not measured, hand the
// shell's arguments to a program that does. (A shell makes an environment of its own of what it was given.)
#include "target/parent.h"

namespace {

// argv: "./shell64" "-c" ":" "./child64" STATE PAYLOAD... The shell takes what stands behind the command for
// $0, $1, ...
constexpr uintptr_t kLead = 3;
constexpr char kCheck[] = "exec \"$0\" \"$@\"";

void check_arrival(const Given& given, char** argv) {
    char* const command = argv[2];
    argv[2] = const_cast<char*>(kCheck);
    put_nibbles(given.state + kStateLeft, given.left, 8);
    put_nibbles(given.state + kStateStamp, 0, 16);
    operate(given.left, [&] {
        const long pid = syscall3(kVfork, nullptr, nullptr, nullptr);
        if (pid == 0) become(kShellProgram, argv, given.envp, given.left);
        return pid;
    });
    argv[2] = command;
}

}  // namespace

extern "C" [[noreturn]] void target_main(uintptr_t* stack, uint64_t /*entered*/) {
    const Given given = take_given(stack, kLead);
    char** const argv = given.argv - kLead;
    argv[0] = const_cast<char*>(kShellProgram);
    check_arrival(given, argv);
    operate_all(given, [&] { return exec_in_child<kVfork>(given, argv[0], argv); });
    check_arrival(given, argv);
    report_done();
}
