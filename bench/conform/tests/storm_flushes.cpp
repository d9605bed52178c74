// SPDX-License-Identifier: MIT
// Group storm: TLB flushes that an exec makes other CPUs do. Its own address spaces, the old and the new one,
// are in use elsewhere only if somebody shares the old one; mainline leaves that one alone.
#include <fcntl.h>
#include <unistd.h>

#include <thread>

#include "conform/support/exec.h"
#include "conform/support/machine.h"
#include "conform/support/on_cpu.h"
#include "conform/support/shared.h"
#include "conform/tests/parts.h"

namespace stackshift {
namespace {

constexpr int kExecs = 50;

[[noreturn]] void spin() {
    const OnCpu cpu(1);
    for (;;) asm volatile("");
}

/// A child by vfork(), which executes the probe. Nothing is allocated in between, which could flush.
void exec_by_vfork(char* const* argv) {
    const pid_t child = vfork();
    if (child == 0) {
        execve(kProbe64, argv, nullptr);
        _exit(1);
    }
    status_of(child);
}

/// On CPU 0, while a thread runs on CPU 1. The flushes of all execs, -1: not counted.
long flushes_of_execs() {
    const OnCpu cpu(0);
    const int null = open("/dev/null", O_RDWR);
    for (int fd = 3; fd <= 5; ++fd) dup2(null, fd);
    std::thread(spin).detach();
    std::string text(5000, 'x');
    char* const argv[] = {text.data(), nullptr};
    // Long enough for the other to be where it belongs.
    for (int i = 0; i < 10; ++i) exec_by_vfork(argv);
    const long before = vmstat("nr_tlb_remote_flush");
    for (int i = 0; i < kExecs; ++i) exec_by_vfork(argv);
    const long flushes = vmstat("nr_tlb_remote_flush") - before;
    return before < 0 ? -1 : flushes;
}

}  // namespace

void test_remote_flushes(Tap& tap) {
    constexpr const char* kRow = "storm/remote-flushes";
    const Shared<long> flushes;
    const pid_t child = fork();
    if (child == 0) {
        *flushes = flushes_of_execs();
        _exit(0);
    }
    status_of(child);
    if (*flushes < 0)
        return tap.skip(kRow, "/proc/vmstat has no nr_tlb_remote_flush (CONFIG_DEBUG_TLBFLUSH)");
    tap.comment(std::string(kRow) + ": " + std::to_string(*flushes) + " in " + std::to_string(kExecs) +
                " execs");
    tap.expect(kRow,
               *flushes >= kExecs       ? "at least one per exec"
               : *flushes >= kExecs / 2 ? "some"
                                        : "none",
               "none");
}

}  // namespace stackshift
