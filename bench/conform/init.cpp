// SPDX-License-Identifier: MIT
// The init of a conformance guest: runs the groups of tests that `groups=` on the kernel's command line
// names, in their order there, and reports TAP on the second serial port.
#include <fcntl.h>
#include <malloc.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "conform/support/kselftest.h"
#include "conform/support/machine.h"
#include "conform/tests/tests.h"

namespace stackshift {
namespace {

struct Group {
    const char* name;
    void (*run)(Tap& tap);
};

constexpr Group kFunctions[] = {
    {"args", test_args},
    {"chain", test_chain},
    {"scripts", test_scripts},
    {"prediction", test_prediction},
    {"failures", test_failures},
    {"leaks", test_leaks},
    {"view", test_view},
    {"aslr", test_aslr},
    {"environment", test_environment},
    {"parents", test_parents},
    {"swap", test_swap},
    {"kernel", test_kernel},
    {"nomem", test_nomem},
    {"race", test_race},
    {"storm", test_storm},
    {"churn", test_churn},
};

void mount_all() {
    mount("proc", "/proc", "proc", 0, nullptr);
    mount("sysfs", "/sys", "sysfs", 0, nullptr);
    mount("debugfs", "/sys/kernel/debug", "debugfs", 0, nullptr);
    mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, nullptr);
    mount("devtmpfs", "/dev", "devtmpfs", 0, nullptr);
    mount("tmpfs", "/tmp", "tmpfs", 0, nullptr);
    mount("binfmt_misc", "/proc/sys/fs/binfmt_misc", "binfmt_misc", 0, nullptr);
    mkdir("/cgroup", 0755);
    mount("cgroup2", "/cgroup", "cgroup2", 0, nullptr);
    write_text("/cgroup/cgroup.subtree_control", "+memory");
}

/// What the host holds against the image that it booted.
void introduce(Tap& tap) {
    utsname names = {};
    uname(&names);
    tap.comment(std::string("release ") + names.release);
    tap.comment(std::string("version ") + names.version);
    const std::string phases = read_text("/proc/self/exec_phases");
    const std::string key = "strategy ";
    tap.comment(
        key + (phases.rfind(key, 0) == 0 ? phases.substr(key.size(), phases.find('\n') - key.size()) : "-"));
}

std::uint64_t milliseconds() {
    timespec now = {};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000000;
}

void run_groups(Tap& tap, const std::string& names) {
    for (size_t at = 0; at < names.size();) {
        const size_t end = std::min(names.find(',', at), names.size());
        const std::string name = names.substr(at, end - at);
        at = end + 1;
        bool known = false;
        for (const Group& group : kFunctions) {
            if (group.name != name) continue;
            known = true;
            tap.comment("group " + name);
            const std::uint64_t start = milliseconds();
            group.run(tap);
            // Else each fork from here on would copy the page tables of what the group has left in the heap.
            malloc_trim(0);
            tap.comment(name + " took " + std::to_string(milliseconds() - start) +
                        " ms of the guest's time; committed: " + std::to_string(meminfo_kib("Committed_AS")) +
                        " KiB");
        }
        if (!known) tap.check(name, false, "there is no such group of tests");
    }
}

}  // namespace
}  // namespace stackshift

int main(int argc, char** argv) {
    using namespace stackshift;
    if (is_called_shell(argv[0])) return run_shell(argc, argv);
    mount_all();
    umask(0);
    // The init's own stack is what children inherit; tests set what they want.
    const rlimit stack = {8 << 20, RLIM_INFINITY};
    setrlimit(RLIMIT_STACK, &stack);
    Tap tap(open("/dev/ttyS1", O_WRONLY | O_NOCTTY | O_CLOEXEC));
    introduce(tap);
    const char* groups = std::getenv("groups");
    run_groups(tap, groups != nullptr ? groups : "");
    tap.end();
    sync();
    // check.config has no ACPI to switch the machine off by; under -no-reboot a reset ends it as well.
    reboot(RB_AUTOBOOT);
    for (;;) pause();
}
