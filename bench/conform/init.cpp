// SPDX-License-Identifier: MIT
// The init of a conformance guest: runs the groups of tests that `groups=` names on the kernel's command
// line, in the order given there, and reports TAP on the second serial port.
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
#include <cstdint>
#include <cstdlib>
#include <string>

#include "conform/support/facility.h"
#include "conform/support/machine.h"
#include "conform/support/shell.h"
#include "conform/tests/tests.h"
#include "guest/groups.h"

namespace stackshift {
namespace {

struct GroupFunction {
    Group group;
    void (*run)(Tap& tap);
};

constexpr GroupFunction kFunctions[] = {
    {Group::args, test_args},
    {Group::chain, test_chain},
    {Group::scripts, test_scripts},
    {Group::prediction, test_prediction},
    {Group::failures, test_failures},
    {Group::leaks, test_leaks},
    {Group::view, test_view},
    {Group::aslr, test_aslr},
    {Group::environment, test_environment},
    {Group::privileges, test_privileges},
    {Group::parents, test_parents},
    {Group::swap, test_swap},
    {Group::kernel, test_kernel},
    {Group::nomem, test_nomem},
    {Group::race, test_race},
    {Group::storm, test_storm},
    {Group::churn, test_churn},
};
static_assert(one_entry_per_group(kFunctions), "a group without its function, or out of order");

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

/// Which kernel this is: the host compares it with the image that it booted.
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

void run_group(Tap& tap, Group group, const std::string& name) {
    tap.comment("group " + name);
    const std::uint64_t start = milliseconds();
    exec_is_made();  // what a group lacked is no matter of the next
    kFunctions[static_cast<std::size_t>(group)].run(tap);
    // Otherwise each later fork would copy the page tables of what the group has left in the heap.
    malloc_trim(0);
    tap.comment(name + " took " + std::to_string(milliseconds() - start) +
                " ms of the guest's time; committed: " + std::to_string(meminfo_kib("Committed_AS")) +
                " KiB");
}

/// `names`: separated by commas.
void run_groups(Tap& tap, const std::string& names) {
    for (std::size_t at = 0; at < names.size();) {
        const std::size_t end = std::min(names.find(',', at), names.size());
        const std::string name = names.substr(at, end - at);
        at = end + 1;
        if (const auto group = parse_group(name)) {
            run_group(tap, *group, name);
        } else {
            tap.check(name, false, "there is no such group of tests");
        }
    }
}

}  // namespace
}  // namespace stackshift

int main(int argc, char** argv) {
    using namespace stackshift;
    if (is_called_shell(argv[0])) return run_shell(argc, argv);
    mount_all();
    umask(0);
    // Children inherit this limit; tests set their own.
    const rlimit stack = {8 << 20, RLIM_INFINITY};
    setrlimit(RLIMIT_STACK, &stack);
    Tap tap(open("/dev/ttyS1", O_WRONLY | O_NOCTTY | O_CLOEXEC));
    introduce(tap);
    const char* groups = std::getenv("groups");
    run_groups(tap, groups != nullptr ? groups : "");
    tap.end();
    sync();
    // conform.config has no ACPI, by which a machine is switched off. Under -no-reboot a reset ends QEMU as
    // well.
    reboot(RB_AUTOBOOT);
    for (;;) pause();
}
