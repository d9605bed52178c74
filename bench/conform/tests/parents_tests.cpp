// SPDX-License-Identifier: MIT
// Who calls execve, from which stack, with strings in which memory: the new program must not see a
// difference, and a parent that shares its memory with the caller must find that memory as it was.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include "conform/support/exec.h"
#include "conform/support/machine.h"
#include "conform/support/process_view.h"
#include "conform/support/shared.h"
#include "conform/tests/parts.h"
#include "conform/tests/tests.h"

namespace stackshift {
namespace {

struct Target {
    const char* name;
    const char* file;
    std::size_t pages;
};

// Every strategy has room for 16 pages, and mainline for 100.
constexpr Target kTargets[] = {{"native", kProbe64, 16},
                               {"native-big", kProbe64, 100},
                               {"i386", kProbe32, 16},
                               {"i386-big", kProbe32, 100}};

/// What children of children tell, of which run() knows nothing.
struct Told {
    std::atomic<int> error;    // errno of the execve, or how else the program was not started
    std::atomic<bool> damage;  // the caller's memory is not what it was
};
Told* told = nullptr;

/// Waits in run()'s child for a child of its own.
void wait_for(pid_t child) {
    if (child < 0 || waitpid(child, nullptr, 0) != child) told->error = ECHILD;
}

/// Notes it if the strings are not as before.
void still(const Strings& strings, const Strings& copy) {
    if (strings != copy) told->damage = true;
}

// Ways to start a program
// Each runs in run()'s child, and has the new program started in it or in a child of its own. It returns only
// in the latter case.

void by_itself(const Exec& exec) {
    told->error = execute(exec.file, exec.argv, exec.env, exec.compat);
}

void by_fork(const Exec& exec) {
    const pid_t child = fork();
    if (child == 0) {
        by_itself(exec);
        _exit(1);
    }
    wait_for(child);
}

void by_vfork(const Exec& exec) {
    const Strings copy = exec.argv;
    const pid_t child = vfork();
    if (child == 0) {
        by_itself(exec);
        _exit(1);
    }
    // The parent goes on at once, and uses its stack.
    still(exec.argv, copy);
    wait_for(child);
    still(exec.argv, copy);
}

void by_posix_spawn(const Exec& exec) {
    std::vector<char*> argv;
    for (const std::string& text : exec.argv) argv.push_back(const_cast<char*>(text.c_str()));
    argv.push_back(nullptr);
    char* env[] = {nullptr};
    const Strings copy = exec.argv;
    pid_t child = -1;
    told->error = posix_spawn(&child, exec.file.c_str(), nullptr, nullptr, argv.data(), env);
    still(exec.argv, copy);
    if (told->error == 0) wait_for(child);
}

int clone_entry(void* exec) {
    by_itself(*static_cast<const Exec*>(exec));
    return 1;
}

/// By a clone() with these flags. Its stack has four pages, between pages that cannot be accessed.
void by_clone(const Exec& exec, int flags) {
    constexpr std::size_t kStackPages = 4;
    auto* memory = static_cast<char*>(
        mmap(nullptr, (kStackPages + 2) * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(memory + kPage, kStackPages * kPage, PROT_READ | PROT_WRITE);
    const Strings copy = exec.argv;
    const pid_t child =
        clone(clone_entry, memory + (kStackPages + 1) * kPage, flags | SIGCHLD, const_cast<Exec*>(&exec));
    wait_for(child);
    still(exec.argv, copy);
}

void by_clone_vm(const Exec& exec) {
    by_clone(exec, CLONE_VM);
}

void by_clone_vfork(const Exec& exec) {
    by_clone(exec, CLONE_VM | CLONE_VFORK);
}

void by_clone_files(const Exec& exec) {
    by_clone(exec, CLONE_VM | CLONE_FS | CLONE_FILES);
}

/// By a thread that is not the leader, while `others` further threads sleep and one runs.
void by_thread(const Exec& exec, int others) {
    for (int i = 0; i < others; ++i) {
        std::thread([] {
            for (;;) pause();
        }).detach();
    }
    if (others > 0) {
        std::thread([] {
            for (;;) asm volatile("");
        }).detach();
    }
    std::thread([&] {
        by_itself(exec);
        _exit(1);
    }).detach();
    for (;;) pause();
}

void by_one_thread(const Exec& exec) {
    by_thread(exec, 0);
}

void by_one_of_many_threads(const Exec& exec) {
    by_thread(exec, 30);
}

const Exec* for_handler = nullptr;

void handler(int) {
    by_itself(*for_handler);
}

void by_signal_handler(const Exec& exec) {
    for_handler = &exec;
    stack_t stack = {};
    stack.ss_size = 64 * 1024;
    stack.ss_sp =
        mmap(nullptr, stack.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    sigaltstack(&stack, nullptr);
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = SA_ONSTACK;
    sigaction(SIGUSR1, &action, nullptr);
    raise(SIGUSR1);
}

/// Recursion with a page of stack per call.
[[gnu::noinline]] void deep(const Exec& exec, std::size_t pages) {
    volatile char page[kPage];
    page[0] = static_cast<char>(pages);
    if (pages == 0) {
        by_itself(exec);
    } else {
        deep(exec, pages - 1);
    }
    // Used after the call, so that the compiler cannot make a jump of it.
    page[1] = page[0];
}

void by_deep_stack(const Exec& exec) {
    deep(exec, (16 << 20) / kPage);
}

struct Way {
    const char* name;
    void (*start)(const Exec& exec);
    bool replaces;  // the process that run() has started, rather than a child of it
};

constexpr Way kWays[] = {
    {"fork", by_fork, false},
    {"vfork", by_vfork, false},
    {"posix-spawn", by_posix_spawn, false},
    {"clone-vm", by_clone_vm, false},
    {"clone-vm-vfork", by_clone_vfork, false},
    {"clone-vm-files", by_clone_files, false},
    {"thread", by_one_thread, true},
    {"threads", by_one_of_many_threads, true},
    {"sigaltstack", by_signal_handler, true},
    {"deep-stack", by_deep_stack, true},
};

void check_way(Tap& tap, const Way& way, const Target& target) {
    const std::string row = std::string("parents/") + way.name + '-' + target.name;
    Exec exec;
    exec.file = target.file;
    exec.argv = strings_of(target.pages * kPage);
    told->error = 0;
    told->damage = false;
    exec.prepare = [&] {
        // A child that blocks is killed, and the test shows it.
        alarm(20);
        way.start(exec);
        _exit(1);
    };
    const std::string outcome = round_trip(exec);
    tap.expect(row, told->error != 0 ? error_name(told->error) : outcome, "ok");
    if (!way.replaces) tap.expect(row + "-parent", told->damage ? "not as it was" : "intact", "intact");
}

/// The caller's process keeps its number, has one thread, the program's name and a stack that does not depend
/// on the caller's.
void check_identity(Tap& tap, const Way& way) {
    Exec exec;
    exec.argv = {"probe", "of", "a", "thread"};
    exec.prepare = [&] {
        alarm(20);
        way.start(exec);
        _exit(1);
    };
    std::string threads, name, kib;
    exec.look = [&](pid_t pid, const Seen&) {
        const std::filesystem::directory_iterator tasks("/proc/" + std::to_string(pid) + "/task");
        threads = std::to_string(std::distance(begin(tasks), end(tasks)));
        name = proc_text(pid, "comm");
        kib = std::to_string(status_kib(pid, "VmStk"));
    };
    const std::string row = std::string("parents/") + way.name;
    tap.expect(row + "-execs", run(exec).ended(), "ok");
    tap.expect(row + "-pid", name, "probe64\n");
    tap.expect(row + "-threads", threads, "1");
    // One page of strings, and setup_arg_pages()' 128 KiB.
    tap.expect(row + "-vmstk", kib, "132");
}

}  // namespace

void test_parents(Tap& tap) {
    const Shared<Told> shared;
    told = &*shared;
    for (const Way& way : kWays) {
        for (const Target& target : kTargets) check_way(tap, way, target);
        if (way.replaces) check_identity(tap, way);
    }
    told = nullptr;
    test_places(tap);
    test_caller_stacks(tap);
    test_kernel_parents(tap);
}

}  // namespace stackshift
