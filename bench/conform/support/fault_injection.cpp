// SPDX-License-Identifier: MIT
#include "conform/support/fault_injection.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "conform/support/machine.h"
#include "conform/support/raw_exec.h"

namespace stackshift {
namespace {

constexpr const char* kKinds[] = {"/sys/kernel/debug/failslab/", "/sys/kernel/debug/fail_page_alloc/"};

void set(const char* name, const std::string& value) {
    for (const char* kind : kKinds) write_text(std::string(kind) + name, value);
}

}  // namespace

FaultInjection::FaultInjection(int percent) {
    set("ignore-gfp-wait", "N");
    set("ignore-gfp-highmem", "N");
    set("min-order", "0");
    set("verbose", "0");
    set("task-filter", "Y");
    set("times", "-1");
    set("probability", std::to_string(percent));
    exists_ = true;
    for (const char* kind : kKinds)
        if (read_text(std::string(kind) + "ignore-gfp-wait") != "N\n") exists_ = false;
}

FaultInjection::~FaultInjection() {
    set("probability", "0");
    set("ignore-gfp-wait", "Y");
    set("ignore-gfp-highmem", "Y");
    set("min-order", "1");
    set("task-filter", "N");
}

void FaultInjection::ask_for_it() {
    write_text("/proc/self/make-it-fail", "1");
}

Seen run_failing(const Exec& exec, int nth, bool& injected) {
    Exec failing = exec;
    failing.call = [&] {
        // The probe's report must not need memory: that would be one allocation more.
        constexpr off_t kReport = 256 << 10;
        if (fallocate(3, FALLOC_FL_KEEP_SIZE, 0, kReport) != 0) _exit(1);
        LowMemory memory(LowMemory::room(exec.argv) + kPage);
        const RawExec raw = {memory.string(exec.file), memory.strings(exec.argv, exec.compat), 0,
                             exec.compat};
        const std::string number = std::to_string(nth);
        const int fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
        if (write(fd, number.data(), number.size()) < 0) _exit(1);
        return execute(raw);
    };
    failing.ended = [&](pid_t pid) {
        injected = read_text("/proc/" + std::to_string(pid) + "/fail-nth") == "0\n";
    };
    return run(failing);
}

bool is_want_of_memory(const Seen& seen) {
    if (seen.signal != 0) return seen.signal == SIGSEGV || seen.signal == SIGKILL;
    // ENOEXEC: binfmt_elf cannot keep the program headers. EFAULT: a page of the caller's cannot be brought.
    // ENFILE: a file cannot be opened.
    for (const int error : {ENOMEM, E2BIG, ENOEXEC, EFAULT, ENFILE})
        if (seen.error == error) return true;
    return false;
}

}  // namespace stackshift
