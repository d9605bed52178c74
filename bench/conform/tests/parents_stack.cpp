// SPDX-License-Identifier: MIT
// Group parents: what the caller's stack looks like, what lies below it, who else has to do with its pages,
// and what an exec that fails leaves there. Strategy userstack stages arguments there, and counts where in
// /sys/kernel/debug/exec_userstack; a new program must not see a difference, nor anybody its memory.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <functional>

#include "conform/support/caller.h"
#include "conform/support/counters.h"
#include "conform/support/exec.h"
#include "conform/support/machine.h"
#include "conform/support/process_view.h"
#include "conform/support/shared.h"
#include "conform/support/sizes.h"
#include "conform/support/stopped.h"
#include "conform/tests/parts.h"

// linux/mman.h since 6.1
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

namespace stackshift {
namespace {

constexpr const char* kNoCounters = "only strategy userstack counts where it stages";

Counters counters() {
    return read_counters("/sys/kernel/debug/exec_userstack");
}

/// "copied_large userstack": which of them have moved since.
std::string moving_since(const Counters& before) {
    std::string names;
    for (const auto& [name, change] : moved(before, counters())) names += (names.empty() ? "" : " ") + name;
    return names;
}

/// The row NAME is the outcome of the exec, which mainline makes. NAME-counted: the counters that move, which
/// show that the case has occurred that is meant.
void check_exec(Tap& tap, const std::string& name, const Exec& exec, const std::string& moving) {
    const Counters before = counters();
    tap.expect("parents/" + name, round_trip(exec), "ok");
    if (before.empty()) {
        tap.skip("parents/" + name + "-counted", kNoCounters);
    } else {
        tap.expect("parents/" + name + "-counted", moving_since(before), moving);
    }
}

/// An address in the page in which arguments would begin, if they were put below this function's stack.
[[gnu::noinline]] std::uint64_t below_here() {
    const auto here = reinterpret_cast<std::uint64_t>(__builtin_frame_address(0));
    return here / kPage * kPage;
}

/// The mapping of the caller's own stack.
std::uint64_t stack_start() {
    return stack_vma(getpid()).start;
}

// Room.

/// Calls `then` with `bytes` of stack in use.
[[gnu::noinline]] void with_deep_stack(std::size_t bytes, const std::function<void()>& then) {
    auto* const room = static_cast<volatile char*>(__builtin_alloca(bytes));
    for (std::size_t at = 0; at < bytes; at += kPage) room[at] = 1;
    then();
    room[0] = 1;
}

/// The caller has used three quarters of what it may have; the arguments alone are well below it.
void check_small_limit(Tap& tap, const char* abi, const char* file) {
    Exec exec = {.file = file, .argv = strings_of(100'000)};
    exec.stack_limit = 256 * 1024;
    exec.call = [&exec] {
        int error = 0;
        with_deep_stack(192 * 1024, [&] { error = execute(exec.file, exec.argv, exec.env, exec.compat); });
        return error;
    };
    check_exec(tap, std::string("stack-deep-small-limit-") + abi, exec, "no_room");
}

/// Nothing of the stack lies below the caller's frames, and its address space may not grow; the new
/// program's, far smaller, may be as large.
void check_address_space_limit(Tap& tap, const char* abi, const char* file) {
    Exec exec = {.file = file, .argv = strings_of(100'000)};
    exec.stack_limit = 64 * 1024 * 1024;
    exec.call = [&exec] {
        int error = 0;
        const std::uint64_t left = below_here() - stack_start();
        with_deep_stack(left > 2 * kPage ? left - 2 * kPage : kPage, [&] {
            const auto size = static_cast<rlim_t>(status_kib(getpid(), "VmSize")) * 1024;
            const rlimit limit = {size, size};
            setrlimit(RLIMIT_AS, &limit);
            error = execute(exec.file, exec.argv, exec.env, exec.compat);
        });
        return error;
    };
    check_exec(tap, std::string("stack-address-space-limit-") + abi, exec, "no_room");
}

/// A mapping so near below the stack that it can hardly grow.
void check_neighbour(Tap& tap, const char* abi, const char* file) {
    Exec exec = {.file = file, .argv = strings_of(kBig)};
    exec.prepare = [] {
        const std::uint64_t place = stack_start() - 16 * kPage;
        if (mmap(reinterpret_cast<void*>(place), kPage, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED)
            _exit(1);
    };
    check_exec(tap, std::string("stack-neighbour-") + abi, exec, "no_room");
}

/// All of the stack is locked. It may grow, or not: then it is as much as an unprivileged caller may lock.
void check_locked(Tap& tap, const char* abi, const char* file) {
    Exec exec = {.file = file, .argv = strings_of(kBig)};
    exec.prepare = [] { mlockall(MCL_CURRENT); };
    check_exec(tap, std::string("stack-locked-") + abi, exec, "userstack");
    exec.prepare = [] {
        mlockall(MCL_CURRENT);
        const auto locked = static_cast<rlim_t>(status_kib(getpid(), "VmLck")) * 1024;
        const rlimit limit = {locked, locked};
        setrlimit(RLIMIT_MEMLOCK, &limit);
        become_unprivileged();
    };
    check_exec(tap, std::string("stack-locked-limit-") + abi, exec, "no_room");
}

/// What was locked is not locked any more when it is the new program's.
void check_unlocked(Tap& tap, const char* abi, const char* file) {
    constexpr long kBatchesKib = 256;
    const long before = meminfo_kib("Mlocked");
    long after = -1;
    Exec exec = {.file = file, .argv = strings_of(kBig)};
    exec.prepare = [] { mlockall(MCL_CURRENT); };
    exec.look = [&](pid_t, const Seen&) { after = meminfo_kib("Mlocked"); };
    tap.expect(std::string("parents/stack-locked-once-") + abi, run(exec).ended(), "ok");
    tap.expect(std::string("parents/stack-locked-once-") + abi + "-pages",
               after < 0                      ? "not seen"
               : after > before + kBatchesKib ? "still locked"
                                              : "unlocked",
               "unlocked");
}

/// Faults of the whole stack are another program's.
void check_userfaultfd(Tap& tap, const char* abi, const char* file) {
    const Need need(Facility::userfaultfd);
    Exec exec = {.file = file, .argv = strings_of(4 * kPage)};
    exec.prepare = [] {
        const StackVma vma = stack_vma(getpid());
        watch_pages(vma.start, (vma.end - vma.start) / kPage);
    };
    check_exec(tap, std::string("stack-userfaultfd-") + abi, exec, "userfaultfd");
}

// Stacks in frames of the caller's.

constexpr std::size_t kFrameStack = 64 * 1024;

/// What the caller's frames below such a stack tell in the end.
struct Frames {
    bool damaged = false;
    int error = 0;
};

int clone_entry(void* given) {
    const Exec& exec = *static_cast<const Exec*>(given);
    return execute(exec.file, exec.argv, exec.env, exec.compat);
}

const Exec* for_handler = nullptr;
Frames* of_handler = nullptr;
void handler(int) {
    of_handler->error = execute(for_handler->file, for_handler->argv, for_handler->env, for_handler->compat);
}

/// Has the exec made on `stack`, which is in a frame above this one, whose contents must not change.
[[gnu::noinline]] void exec_on(char* stack, int flags, const Exec& exec, Frames& frames) {
    volatile char live[4 * kFrameStack];
    for (volatile char& byte : live) byte = 'l';
    if (flags != 0) {
        const pid_t child =
            clone(clone_entry, stack + kFrameStack, flags | SIGCHLD, const_cast<Exec*>(&exec));
        const int status = status_of(child);
        frames.error = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    } else {
        for_handler = &exec;
        of_handler = &frames;
        stack_t alternative = {};
        alternative.ss_sp = stack;
        alternative.ss_size = kFrameStack;
        sigaltstack(&alternative, nullptr);
        struct sigaction action = {};
        action.sa_handler = handler;
        action.sa_flags = SA_ONSTACK;
        sigaction(SIGUSR1, &action, nullptr);
        raise(SIGUSR1);
    }
    for (const volatile char& byte : live) frames.damaged = frames.damaged || byte != 'l';
}

[[gnu::noinline]] void exec_in_frame(int flags, const Exec& exec, Frames& frames) {
    alignas(16) char stack[kFrameStack];
    asm volatile("" : : "r"(stack) : "memory");
    exec_on(stack, flags, exec, frames);
}

/// Whose stack is inside the caller's stack, with live frames right below it. `flags`: of clone(); 0: a
/// signal handler.
void check_in_frame(Tap& tap, const char* way, int flags, const char* abi, const char* file) {
    const std::string row = std::string("stack-in-frame-") + way + '-' + abi;
    const Shared<Frames> frames;
    Exec exec = {.file = file, .argv = strings_of(kBig)};
    exec.call = [&] {
        exec_in_frame(flags, exec, *frames);
        return frames->error;
    };
    const Counters before = counters();
    tap.expect("parents/" + row, round_trip(exec), "ok");
    tap.expect("parents/" + row + "-caller", frames->damaged ? "damaged" : "intact", "intact");
    if (before.empty()) {
        tap.skip("parents/" + row + "-counted", kNoCounters);
    } else {
        tap.expect("parents/" + row + "-counted", moving_since(before), "not_own");
    }
}

// Pages in which others have a part.

/// Huge pages below the stack pointer.
void check_huge(Tap& tap, const char* abi, const char* file) {
    constexpr std::uint64_t kHuge = 2 << 20;
    Exec exec = {.file = file, .argv = strings_of(kBig)};
    exec.call = [&exec] {
        with_deep_stack(3 * kHuge, [] {});
        const std::uint64_t end = below_here() / kHuge * kHuge;
        madvise(reinterpret_cast<void*>(end - kHuge), kHuge, MADV_COLLAPSE);
        int error = 0;
        // Ends in the huge page.
        with_deep_stack(below_here() - end + 10 * kPage,
                        [&] { error = execute(exec.file, exec.argv, exec.env, exec.compat); });
        return error;
    };
    check_exec(tap, std::string("stack-huge-") + abi, exec, "copied_large userstack");
}

/// Pages that a pipe holds. The strings that an exec stages may be seen in them, for below a stack pointer
/// anything may be, but nothing that the new program has: without ASLR, its tables are in the page in which
/// its strings end.
void check_spliced(Tap& tap, const char* abi, const char* file) {
    constexpr std::size_t kPages = 8;
    constexpr std::size_t kBytes = kPages * kPage;
    int pipe_ends[2];
    if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
    for (int& end : pipe_ends) end = above_the_probes(end);
    fcntl(pipe_ends[1], F_SETPIPE_SZ, kBytes);
    Exec exec = {.file = file, .argv = {std::string(3 * kPage + 2000, 's')}, .prepare = no_randomize};
    exec.call = [&] {
        with_deep_stack(2 * kBytes, [] {});
        auto* const place = reinterpret_cast<char*>(below_here() - kBytes);
        const iovec pages = {place, kBytes};
        // Functions that are called have their frames in what is left out.
        for (std::size_t i = 0; i < kBytes - 2 * kPage; ++i) static_cast<volatile char*>(place)[i] = 'x';
        if (vmsplice(pipe_ends[1], &pages, 1, 0) != static_cast<ssize_t>(kBytes)) return EPIPE;
        return execute(exec.file, exec.argv, exec.env, exec.compat);
    };
    check_exec(tap, std::string("stack-spliced-") + abi, exec, "copied_busy userstack");
    std::string seen = "intact";
    for (std::size_t i = 0; i < kPages - 3; ++i) {
        std::string page(kPage, '\0');
        if (read(pipe_ends[0], page.data(), kPage) != static_cast<ssize_t>(kPage)) seen = "no page";
        if (page.find_first_not_of("xs") != std::string::npos) seen = "written to by the new program";
    }
    tap.expect(std::string("parents/stack-spliced-pipe-") + abi, seen, "intact");
    for (const int end : pipe_ends) close(end);
}

/// What the caller has had below its stack pointer is not to be found in the new program's stack.
void check_dirty(Tap& tap, const char* abi, const char* file) {
    constexpr std::size_t kBytes = 16 * kPage;
    Exec exec = {.file = file, .argv = {"dirty"}, .prepare = no_randomize};
    exec.call = [&] {
        with_deep_stack(2 * kBytes, [] {});
        auto* const end = reinterpret_cast<char*>(below_here());
        for (std::size_t i = 1; i <= kBytes; ++i)
            static_cast<volatile char*>(end)[-static_cast<long>(i)] = 'x';
        return execute(exec.file, exec.argv, exec.env, exec.compat);
    };
    std::string seen = "not seen";
    std::string last = "not seen";
    exec.look = [&](pid_t pid, const Seen&) {
        const StackVma vma = stack_vma(pid);
        const std::string stack = memory_of(pid, vma.start, vma.end - vma.start);
        seen = stack.empty()                                           ? "no memory"
               : stack.find(std::string(16, 'x')) == std::string::npos ? "nothing"
                                                                       : "what the caller had";
        last = stack.size() >= 8 && stack.substr(stack.size() - 8) == std::string(8, '\0') ? "empty"
                                                                                           : "not empty";
    };
    run(exec);
    tap.expect(std::string("parents/stack-dirty-") + abi + "-left", seen, "nothing");
    tap.expect(std::string("parents/stack-dirty-") + abi + "-last-word", last, "empty");
}

// What a failed exec leaves behind.

/// KiB of the caller, before and after.
struct Size {
    long stack = status_kib(getpid(), "VmStk");
    long locked = status_kib(getpid(), "VmLck");
    long anonymous = proc_kib(getpid(), "smaps_rollup", "Anonymous");
};

std::string growth_of(long before, long after) {
    return after > before ? std::to_string(after - before) + " KiB more" : "no more";
}

/// An exec of a file of no format, which is found when its arguments have been copied.
void check_failed(Tap& tap, const std::string& name, const std::function<void()>& prepare) {
    struct Told {
        Size before = {};
        Size after = {};
    };
    constexpr const char* kNoProgram = "/tmp/no-program";
    make_file(kNoProgram, std::string(100, '\1'));
    const Shared<Told> told;
    Exec exec = {.file = kNoProgram, .argv = strings_of(kBig)};
    exec.call = [&] {
        prepare();
        // Once for what the measurement itself needs.
        told->before = told->after = Size();
        const int error = [&] {
            execute("/tmp/none", exec.argv, exec.env, false);
            told->before = Size();
            return execute(exec.file, exec.argv, exec.env, false);
        }();
        told->after = Size();
        return error;
    };
    const std::string row = "parents/failed-" + name;
    tap.expect(row, run(exec).ended(), "ENOEXEC");
    tap.expect(row + "-stack", growth_of(told->before.stack, told->after.stack), "no more");
    tap.expect(row + "-anonymous", growth_of(told->before.anonymous, told->after.anonymous), "no more");
    tap.expect(row + "-locked", growth_of(told->before.locked, told->after.locked), "no more");
    unlink(kNoProgram);
}

/// How many of the 16 words of the red zone, the 128 bytes below the stack pointer that the x86-64 ABI gives
/// to functions, an execve that fails has left alone. The stack pointer is at a page's begin, so that the
/// zone is on a page that a kernel that forgets it would take.
[[gnu::noinline]] long red_zone_words(const char* file, const char* const* argv, const char* const* env) {
    long left = 0;
    long number = SYS_execve;
    asm volatile(
        "mov %%rsp, %%rbx\n\t"
        "sub $256, %%rsp\n\t"
        "and $-4096, %%rsp\n\t"
        "mov $-16, %%r12\n"
        "1:\n\t"
        "mov %%r12, (%%rsp,%%r12,8)\n\t"
        "inc %%r12\n\t"
        "jnz 1b\n\t"
        "syscall\n\t"
        "mov $-16, %%r12\n"
        "2:\n\t"
        "cmp %%r12, (%%rsp,%%r12,8)\n\t"
        "jne 3f\n\t"
        "inc %0\n"
        "3:\n\t"
        "inc %%r12\n\t"
        "jnz 2b\n\t"
        "mov %%rbx, %%rsp"
        : "+r"(left), "+a"(number)
        : "D"(file), "S"(argv), "d"(env)
        : "rbx", "rcx", "r11", "r12", "memory", "cc");
    return left;
}

void check_red_zone(Tap& tap) {
    constexpr const char* kNoProgram = "/tmp/no-program";
    make_file(kNoProgram, std::string(100, '\1'));
    const Shared<long> left;
    Exec exec = {.file = kNoProgram, .argv = {}};
    exec.call = [&] {
        const std::string string(2 * kPage, 's');
        const char* const argv[] = {string.c_str(), nullptr};
        *left = red_zone_words(kNoProgram, argv, argv + 1);
        return ENOEXEC;
    };
    run(exec);
    tap.expect("parents/failed-red-zone", std::to_string(*left) + " words", "16 words");
    unlink(kNoProgram);
}

/// A stack that grows is committed memory, which the new program's stack takes over. Neither more nor less is
/// committed in the end.
void check_commitment(Tap& tap, const char* abi, const char* file) {
    constexpr int kExecs = 100;
    constexpr long kMuchKib = kExecs * 100 * 4 / 4;
    const Exec exec = {.file = file, .argv = strings_of(kBig)};
    run(exec);
    // The count reads 0 where it is negative: too much of it, for the time being.
    constexpr std::size_t kEnough = 256 << 20;
    void* const committed =
        mmap(nullptr, kEnough, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const long before = meminfo_kib("Committed_AS");
    for (int i = 0; i < kExecs; ++i) run(exec);
    const long more = meminfo_kib("Committed_AS") - before;
    munmap(committed, kEnough);
    tap.expect(std::string("parents/stack-commitment-") + abi,
               more > kMuchKib    ? "more"
               : more < -kMuchKib ? "less"
                                  : "the same",
               "the same");
}

}  // namespace

void test_caller_stacks(Tap& tap) {
    for (const auto& [abi, file] : {std::pair{"native", kProbe64}, std::pair{"i386", kProbe32}}) {
        check_small_limit(tap, abi, file);
        check_address_space_limit(tap, abi, file);
        check_neighbour(tap, abi, file);
        check_locked(tap, abi, file);
        check_unlocked(tap, abi, file);
        check_userfaultfd(tap, abi, file);
        check_in_frame(tap, "clone-vm", CLONE_VM, abi, file);
        check_in_frame(tap, "clone-vm-vfork", CLONE_VM | CLONE_VFORK, abi, file);
        check_in_frame(tap, "sigaltstack", 0, abi, file);
        check_huge(tap, abi, file);
        check_spliced(tap, abi, file);
        check_dirty(tap, abi, file);
        check_commitment(tap, abi, file);
    }
    check_failed(tap, "caller", [] {});
    check_failed(tap, "locked-caller", [] { mlockall(MCL_CURRENT); });
    check_red_zone(tap);
}

}  // namespace stackshift
