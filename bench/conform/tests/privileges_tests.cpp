// SPDX-License-Identifier: MIT
// Every way to gain privileges by an exec, and those that gain none. Who gains any must not keep a
// personality that the caller chose, and so gets a random stack; who gains none keeps it, and a stack at the
// top. From bprm_fill_uid() of fs/exec.c and cap_bprm_creds_from_file() of security/commoncap.c in 6.12.
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <sstream>

#include "conform/support/caller.h"
#include "conform/support/exec.h"
#include "conform/support/machine.h"
#include "conform/support/misc_entry.h"
#include "conform/support/process_view.h"
#include "conform/tests/tests.h"

namespace stackshift {
namespace {

// What an exec that gains privileges clears (PER_CLEAR_ON_SETID), of what does no harm here.
constexpr unsigned long kChosen = ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT;
constexpr unsigned kCaller = 1000;

struct Abi {
    const char* name;
    const char* probe;
    std::uint64_t top;
};
constexpr Abi kAbis[] = {{"native", kProbe64, kNativeTop}, {"i386", kProbe32, kCompatTop}};

/// What becomes of the caller, in the words that rows show.
const char* const kNothing = "euid 1000 egid 1000 secure 0 kept fixed";
const char* const kUser = "euid 0 egid 1000 secure 1 cleared random";
const char* const kGroup = "euid 1000 egid 0 secure 1 cleared random";
const char* const kBoth = "euid 0 egid 0 secure 1 cleared random";
/// The file says so, but they are the caller's already.
const char* const kOwn = "euid 1000 egid 1000 secure 0 cleared random";
/// Capabilities, or identities that are taken back because of who looks on.
const char* const kSecure = "euid 1000 egid 1000 secure 1 cleared random";

/// The effective group: the second number of "Gid: real effective saved fs".
std::string effective_group(pid_t pid) {
    std::istringstream lines(proc_text(pid, "status"));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string name;
        std::string real;
        std::string effective;
        if (words >> name >> real >> effective && name == "Gid:") return effective;
    }
    return "?";
}

std::string kept_of(pid_t pid) {
    const unsigned long left = std::strtoul(proc_text(pid, "personality").c_str(), nullptr, 16) & kChosen;
    return left == 0 ? "cleared" : left == kChosen ? "kept" : "partly cleared: " + hex(left);
}

/// An exec of `file` by an unprivileged caller with a personality of its choice, and what that becomes.
std::string becomes(const std::string& file, const Abi& abi, const std::function<void()>& before = {},
                    const std::function<void()>& after = {}) {
    std::string group;
    std::string kept;
    const Seen seen = run({.file = file,
                           .prepare =
                               [&] {
                                   if (before) before();
                                   become_unprivileged();
                                   if (personality(kChosen) < 0) _exit(1);
                                   if (after) after();
                               },
                           .look =
                               [&](pid_t pid, const Seen&) {
                                   group = effective_group(pid);
                                   kept = kept_of(pid);
                               }});
    if (!seen.whole) return seen.ended();
    return "euid " + std::to_string(seen.header.euid) + " egid " + group + " secure " +
           std::to_string(seen.header.secure) + ' ' + kept +
           (seen.stack_end() == abi.top ? " fixed" : " random");
}

void no_new_privileges() {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(1);
}

/// User 0 is a user like others.
void no_root() {
    if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0, 0) != 0) _exit(1);
}

/// A tracer as unprivileged as the caller.
void be_traced() {
    // Whoever changed identity may not be traced by others of the new one.
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) _exit(1);
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) != 0) _exit(1);
    const pid_t traced = getpid();
    if (fork() == 0) {
        const char byte = ptrace(PTRACE_SEIZE, traced, nullptr, nullptr) == 0 ? '+' : '-';
        // The probe waits for the end of a pipe that this process would hold open.
        dup2(ready[1], 3);
        close_range(4, ~0U, 0);
        if (write(3, &byte, 1) != 1) _exit(1);
        int status = 0;
        while (waitpid(traced, &status, __WALL) == traced && !WIFEXITED(status) && !WIFSIGNALED(status))
            ptrace(PTRACE_CONT, traced, nullptr, nullptr);
        _exit(0);
    }
    char byte = 0;
    if (read(ready[0], &byte, 1) != 1 || byte != '+') _exit(1);
}

struct File {
    const char* name;
    mode_t mode;
    unsigned owner;
    const char* becomes;
};

/// By the bits and the owner of the program's file.
void test_files(Tap& tap, const Abi& abi) {
    const File files[] = {
        {"plain", 0755, 0, kNothing},
        {"setuid", 04755, 0, kUser},
        {"setgid", 02755, 0, kGroup},
        {"setuid-setgid", 06755, 0, kBoth},
        // Without execute permission of the group the bit means something else.
        {"setgid-no-execute", 02745, 0, kNothing},
        {"setuid-to-itself", 04755, kCaller, kOwn},
        {"setgid-to-itself", 02755, kCaller, kOwn},
    };
    for (const File& file : files) {
        const std::string path = std::string("/tmp/") + file.name;
        copy_program(abi.probe, path, file.mode);
        // Changing the owner takes the bits away.
        if (chown(path.c_str(), file.owner, file.owner) != 0 || chmod(path.c_str(), file.mode) != 0) return;
        tap.expect(std::string("privileges/") + file.name + '-' + abi.name, becomes(path, abi), file.becomes);
        if ((file.mode & 06000) != 0) {
            tap.expect(std::string("privileges/") + file.name + "-no-new-privileges-" + abi.name,
                       becomes(path, abi, {}, no_new_privileges), kNothing);
        }
        unlink(path.c_str());
    }
}

/// By who calls, and from where.
void test_callers(Tap& tap, const Abi& abi) {
    const std::string path = "/tmp/privileged";
    copy_program(abi.probe, path, 06755);
    const std::string end = std::string("-") + abi.name;
    tap.expect("privileges/no-root" + end, becomes(path, abi, no_root), kBoth);
    tap.expect("privileges/traced" + end, becomes(path, abi, {}, be_traced), kSecure);
    mkdir("/tmp/nosuid", 0755);
    if (mount("tmpfs", "/tmp/nosuid", "tmpfs", MS_NOSUID, nullptr) == 0) {
        copy_program(abi.probe, "/tmp/nosuid/privileged", 06755);
        tap.expect("privileges/nosuid-mount" + end, becomes("/tmp/nosuid/privileged", abi), kNothing);
        umount("/tmp/nosuid");
    }
    // A script's own bits mean nothing, its interpreter's do.
    make_file("/tmp/script", "#!" + std::string(abi.probe) + "\n", 06755);
    tap.expect("privileges/script" + end, becomes("/tmp/script", abi), kNothing);
    make_file("/tmp/script", "#!" + path + "\n");
    tap.expect("privileges/script-interpreter" + end, becomes("/tmp/script", abi), kBoth);
    unlink("/tmp/script");
    // Those of a file that binfmt_misc takes do by flag C only.
    make_file("/tmp/data.ext", "no program", 02755);
    for (const bool credentials : {true, false}) {
        const MiscEntry entry(std::string(":t:E::ext::") + abi.probe + (credentials ? ":C" : ":"));
        tap.expect(std::string("privileges/misc-") + (credentials ? "credentials" : "no-credentials") + end,
                   becomes("/tmp/data.ext", abi), credentials ? kGroup : kNothing);
    }
    unlink("/tmp/data.ext");
    unlink(path.c_str());
}

/// CAP_NET_RAW for whoever executes the file. False where the file system keeps no such attributes.
bool give_capability(const std::string& path) {
    const vfs_cap_data data = {VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
                               {{1U << CAP_NET_RAW, 0}, {0, 0}}};
    return setxattr(path.c_str(), "security.capability", &data, sizeof data, 0) == 0;
}

void test_capabilities(Tap& tap, const Abi& abi) {
    const std::string path = "/tmp/capable";
    const std::string end = std::string("-") + abi.name;
    copy_program(abi.probe, path, 0755);
    if (give_capability(path)) {
        tap.expect("privileges/capability" + end, becomes(path, abi), kSecure);
        // What was gained is taken away again; the personality stays cleared.
        tap.expect("privileges/capability-no-new-privileges" + end, becomes(path, abi, {}, no_new_privileges),
                   kSecure);
    } else {
        for (const char* row : {"", "-no-new-privileges"}) {
            tap.skip("privileges/capability" + std::string(row) + end,
                     "no file capabilities on tmpfs (CONFIG_TMPFS_XATTR)");
        }
    }
    unlink(path.c_str());
}

}  // namespace

void test_privileges(Tap& tap) {
    for (const Abi& abi : kAbis) {
        test_files(tap, abi);
        test_callers(tap, abi);
        test_capabilities(tap, abi);
    }
}

}  // namespace stackshift
