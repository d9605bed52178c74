// SPDX-License-Identifier: MIT
// Group parents: programs that the kernel itself starts (kernel_execve): a core pattern's helper, started by
// a kernel thread without an address space, and init.
#include <signal.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

#include "conform/support/elf_image.h"
#include "conform/support/exec.h"
#include "conform/support/machine.h"
#include "conform/support/process_view.h"
#include "conform/tests/parts.h"

namespace stackshift {
namespace {

constexpr const char* kHelper = "/tmp/helper";
constexpr const char* kReport = "/tmp/helped";
constexpr const char* kPattern = "/proc/sys/kernel/core_pattern";
constexpr const char* kPipeLimit = "/proc/sys/kernel/core_pipe_limit";

/// A helper has no descriptor to report to, so it opens argv[1] and writes to it what is in memory from
/// argv[0] on. The write ends where the stack ends.
std::string helper(bool native) {
    using namespace std::string_literals;
    return native ? "\x48\x8b\x7c\x24\x10"                    // mov 16(%rsp), %rdi
                    "\xbe\x41\x02\x00\x00"                    // mov $(O_WRONLY | O_CREAT | O_TRUNC), %esi
                    "\xba\xb6\x01\x00\x00"                    // mov $0666, %edx
                    "\xb8\x02\x00\x00\x00\x0f\x05"            // open
                    "\x89\xc7"                                // mov %eax, %edi
                    "\x48\x8b\x74\x24\x08"                    // mov 8(%rsp), %rsi
                    "\xba\x00\x10\x00\x00"                    // mov $4096, %edx
                    "\xb8\x01\x00\x00\x00\x0f\x05"            // write
                    "\xb8\x3c\x00\x00\x00\x31\xff\x0f\x05"s   // exit(0)
                  : "\x8b\x5c\x24\x08"                        // mov 8(%esp), %ebx
                    "\xb9\x41\x02\x00\x00"                    // mov $(O_WRONLY | O_CREAT | O_TRUNC), %ecx
                    "\xba\xb6\x01\x00\x00"                    // mov $0666, %edx
                    "\xb8\x05\x00\x00\x00\xcd\x80"            // open
                    "\x89\xc3"                                // mov %eax, %ebx
                    "\x8b\x4c\x24\x04"                        // mov 4(%esp), %ecx
                    "\xba\x00\x10\x00\x00"                    // mov $4096, %edx
                    "\xb8\x04\x00\x00\x00\xcd\x80"            // write
                    "\xb8\x01\x00\x00\x00\x31\xdb\xcd\x80"s;  // exit(0)
}

/// Lets a program die. "ok" where the helper then found `expected`: its arguments, no environment, its file
/// name and the empty word at the end of the stack.
std::string crash(const std::string& expected) {
    unlink(kReport);
    Exec exec;
    exec.file = "/tmp/crasher";
    exec.prepare = [] {
        const rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
        setrlimit(RLIMIT_CORE, &unlimited);
    };
    const Seen seen = run(exec);
    if (seen.signal != SIGILL) return "the program ended with " + seen.ended();
    if (access(kReport, F_OK) != 0) return "did not run";
    return read_text(kReport) == expected ? "ok" : "other strings";
}

void check_helper(Tap& tap, const char* abi, bool native) {
    const std::string row = std::string("parents/core-helper-") + abi;
    const std::string pattern = read_text(kPattern);
    const std::string pipe_limit = read_text(kPipeLimit);
    make_file(kHelper, with_code_at_entry(native ? kProbe64 : kProbe32, helper(native)));
    // ud2
    make_file("/tmp/crasher", with_code_at_entry(kProbe64, "\x0f\x0b"));
    // Makes the dying program wait for the helper.
    write_text(kPipeLimit, "1");
    write_text(kPattern, std::string("|") + kHelper + ' ' + kReport + " %s and more");
    const std::string expected = joined({kHelper, kReport, std::to_string(SIGILL), "and", "more"}) +
                                 joined({kHelper}) + std::string(8, '\0');
    tap.expect(row, crash(expected), "ok");
    constexpr int kMany = 100;
    std::string outcome = "ok";
    for (int i = 0; i < kMany && outcome == "ok"; ++i) outcome = crash(expected);
    tap.expect(row + "-many", outcome, "ok");
    // There is no such program.
    write_text(kPattern, std::string("|/tmp/missing ") + kReport);
    tap.expect(row + "-missing", crash(expected), "did not run");
    write_text(kPipeLimit, pipe_limit);
    write_text(kPattern, pattern);
    for (const char* file : {kHelper, kReport, "/tmp/crasher"}) unlink(file);
}

bool starts_with(const std::string& text, const std::string& start) {
    return text.compare(0, start.size(), start) == 0;
}

/// This process has been started by kernel_init().
void check_init(Tap& tap) {
    if (getpid() != 1) {
        tap.skip("parents/init", "this is not process 1");
        return;
    }
    const auto same = [](bool ok) { return ok ? "ok" : "differs"; };
    tap.expect("parents/init-cmdline", same(starts_with(read_text("/proc/1/cmdline"), joined({"/init"}))),
               "ok");
    const std::string environment = read_text("/proc/1/environ");
    tap.expect("parents/init-environ", same(starts_with(environment, joined({"HOME=/", "TERM=linux"}))),
               "ok");
    tap.expect("parents/init-command-line", same(environment.find("groups=") != std::string::npos), "ok");
    const auto* name = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
    tap.expect("parents/init-execfn", name, "/init");
    const StackVma vma = stack_vma(1);
    tap.expect("parents/init-execfn-place",
               same(reinterpret_cast<std::uint64_t>(name) + std::strlen(name) + 1 + 8 == vma.end), "ok");
    tap.expect("parents/init-stack-range",
               same(vma.end > kNativeTop - ((1ULL << 22) + 2) * kPage && vma.end <= kNativeTop), "ok");
    tap.expect("parents/init-stack-protection", vma.protection, "rw-p");
    tap.expect("parents/init-stack-flags", vma.flags, "rd wr mr mw me gd ac");
}

}  // namespace

void test_kernel_parents(Tap& tap) {
    check_helper(tap, "native", true);
    check_helper(tap, "i386", false);
    check_init(tap);
}

}  // namespace stackshift
