// SPDX-License-Identifier: MIT
#include "conform/support/facility.h"

#include <fcntl.h>
#include <sys/fanotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <mutex>

#include "util/read_text.h"

namespace stackshift {
namespace {

struct Known {
    Facility facility;
    const char* lack;
    bool (*has)();
};

bool closed(int fd) {
    if (fd >= 0) close(fd);
    return fd >= 0;
}

bool has_userfaultfd() {
    return closed(static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC)));
}

bool has_permission_events() {
    const int fd = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY);
    const bool marked =
        fd >= 0 && fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN_EXEC_PERM, AT_FDCWD, "/init") == 0;
    return closed(fd) && marked;
}

bool has_memory_groups() {
    return read_text("/cgroup/cgroup.controllers").find("memory") != std::string::npos;
}

bool has_binfmt_misc() {
    return access("/proc/sys/fs/binfmt_misc/register", F_OK) == 0;
}

/// Every new mapping has the flag.
bool has_soft_dirty() {
    return read_text("/proc/self/smaps").find(" sd") != std::string::npos;
}

bool has_fault_injection() {
    return access("/proc/self/fail-nth", F_OK) == 0;
}

bool has_kunit() {
    return access("/sys/kernel/debug/kunit", F_OK) == 0;
}

constexpr std::array kKnown = {
    Known{Facility::userfaultfd, "no userfaultfd (CONFIG_USERFAULTFD)", has_userfaultfd},
    Known{Facility::fanotify, "no permission events (CONFIG_FANOTIFY_ACCESS_PERMISSIONS)",
          has_permission_events},
    Known{Facility::memory_groups, "no memory groups (CONFIG_MEMCG)", has_memory_groups},
    Known{Facility::binfmt_misc, "no binfmt_misc (CONFIG_BINFMT_MISC=y)", has_binfmt_misc},
    Known{Facility::soft_dirty, "no soft-dirty flags (CONFIG_MEM_SOFT_DIRTY)", has_soft_dirty},
    Known{Facility::fault_injection, "no fault injection (CONFIG_FAILSLAB)", has_fault_injection},
    Known{Facility::kunit, "no KUnit (CONFIG_KUNIT_DEBUGFS)", has_kunit}};

/// By facility: how many hold a need of it, and whether the last rows hang on one that is held no more.
struct Unmet {
    int held = 0;
    bool noted = false;
};
std::mutex lock;
std::array<Unmet, kKnown.size()> unmet;

const Known& known(Facility facility) {
    return kKnown[static_cast<std::size_t>(facility)];
}

}  // namespace

bool has(Facility facility) {
    static std::array<int, kKnown.size()> found{};  // 0: not tried yet
    int& state = found[static_cast<std::size_t>(facility)];
    if (state == 0) state = known(facility).has() ? 1 : -1;
    return state > 0;
}

std::string lack_of(Facility facility) {
    return known(facility).lack;
}

Need::Need(Facility facility) : facility_(facility) {
    if (has(facility)) return;
    const std::lock_guard<std::mutex> guard(lock);
    Unmet& what = unmet[static_cast<std::size_t>(facility)];
    ++what.held;
    what.noted = true;
}

Need::~Need() {
    if (has(facility_)) return;
    const std::lock_guard<std::mutex> guard(lock);
    --unmet[static_cast<std::size_t>(facility_)].held;
}

std::string unmet_need() {
    const std::lock_guard<std::mutex> guard(lock);
    for (std::size_t i = 0; i < unmet.size(); ++i)
        if (unmet[i].noted) return kKnown[i].lack;
    return {};
}

void exec_is_made() {
    const std::lock_guard<std::mutex> guard(lock);
    for (Unmet& what : unmet) what.noted = what.held > 0;
}

}  // namespace stackshift
