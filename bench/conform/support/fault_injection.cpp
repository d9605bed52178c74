// SPDX-License-Identifier: MIT
#include "conform/support/fault_injection.h"

#include <signal.h>

#include <cerrno>
#include <string>

#include "conform/support/machine.h"

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

bool is_want_of_memory(const Seen& seen) {
    if (seen.signal != 0) return seen.signal == SIGSEGV || seen.signal == SIGKILL;
    // ENOEXEC is binfmt_elf's for its program headers, EFAULT that of a page of the caller's that cannot be
    // brought, ENFILE that of a file that cannot be opened.
    for (const int error : {ENOMEM, E2BIG, ENOEXEC, EFAULT, ENFILE})
        if (seen.error == error) return true;
    return false;
}

}  // namespace stackshift
