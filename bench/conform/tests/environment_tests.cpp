// SPDX-License-Identifier: MIT
// Limits, personalities and stack flags under which an exec runs. The limits are those of
// bprm_stack_limits(), acct_stack_growth() and setup_arg_pages() in 6.12.
#include <elf.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>

#include "conform/support/caller.h"
#include "conform/support/elf_image.h"
#include "conform/support/exec.h"
#include "conform/support/machine.h"
#include "conform/support/overcommit.h"
#include "conform/support/process_view.h"
#include "conform/tests/tests.h"

namespace stackshift {
namespace {

constexpr rlim_t kKib = 1024;
constexpr rlim_t kMib = 1024 * kKib;

struct Abi {
    const char* name;
    const char* file;
    bool native;
    std::uint64_t top;
};

constexpr Abi kAbis[] = {{"native", kProbe64, true, kNativeTop}, {"i386", kProbe32, false, kCompatTop}};

// Every strategy has room for 16 pages, and mainline for 100.
struct Size {
    const char* suffix;
    std::size_t pages;
};
constexpr Size kSizes[] = {{"", 16}, {"-big", 100}};

void limit(int resource, rlim_t bytes) {
    const rlimit value = {bytes, bytes};
    setrlimit(static_cast<__rlimit_resource>(resource), &value);
}

Exec exec_of(const Abi& abi, std::size_t pages) {
    Exec exec;
    exec.file = abi.file;
    exec.argv = strings_of(pages * kPage, 50000);
    return exec;
}

/// An exec whose file name and strings have this many bytes in all.
Exec exec_with(const Abi& abi, std::size_t total) {
    Exec exec;
    exec.file = abi.file;
    exec.argv = strings_of(total - exec.file.size() - 1, 100000);
    return exec;
}

/// For a program that reports nothing: "ran", or why it did not.
std::string ran(const Exec& exec) {
    const Seen seen = run(exec);
    return seen.error == 0 && seen.signal == 0 ? "ran" : seen.ended();
}

// RLIMIT_STACK as the limit of all strings

struct StringLimit {
    const char* name;
    rlim_t stack;
    std::size_t most;  // bytes of strings and kernel pointers to them
};

/// A quarter of RLIMIT_STACK, but at least 128 KiB (ARG_MAX) and at most 6 MiB (3/4 of _STK_LIM).
constexpr StringLimit kStringLimits[] = {
    {"256k", 256 * kKib, 128 * kKib}, {"512k", 512 * kKib, 128 * kKib},
    {"516k", 516 * kKib, 129 * kKib}, {"1m", kMib, 256 * kKib},
    {"8m", 8 * kMib, 2 * kMib},       {"24m", 24 * kMib, 6 * kMib},
    {"64m", 64 * kMib, 6 * kMib},     {"unlimited", RLIM_INFINITY, 6 * kMib},
};

/// The kernel's pointers count, 8 bytes for each string under either ABI.
std::size_t pointers(const Exec& exec) {
    return (std::max<std::size_t>(exec.argv.size(), 1) + exec.env.size()) * 8;
}

/// Tests for what just fits, and for one byte more in the last string of argv, or of env where argv is empty.
void check_most(Tap& tap, const std::string& name, Exec exec) {
    tap.expect(name + "-most", round_trip(exec), "ok");
    (exec.argv.empty() ? exec.env : exec.argv).back() += 'x';
    tap.expect(name + "-over", round_trip(exec), "E2BIG");
}

void check_string_limits(Tap& tap, const Abi& abi) {
    for (const StringLimit& given : kStringLimits) {
        // The bytes of the pointers are taken off. There are as many strings with and without them.
        Exec exec = exec_with(abi, given.most - pointers(exec_with(abi, given.most)));
        exec.stack_limit = given.stack;
        check_most(tap, std::string("environment/strings-") + given.name + '-' + abi.name, exec);
    }
    // Many pointers: 10000 strings each in argv and env leave 16 KiB less than two thirds of a quarter MiB.
    Exec many;
    many.file = abi.file;
    many.stack_limit = kMib;
    many.argv = many.env = Strings(10000);
    const std::size_t name = many.file.size() + 1;
    many.argv.back() = std::string(256 * kKib - pointers(many) - name - 20000, 'p');
    check_most(tap, std::string("environment/strings-pointers-") + abi.name, many);
    // An empty argv counts as one pointer and one NUL.
    Exec empty;
    empty.file = abi.file;
    empty.stack_limit = 256 * kKib;
    empty.argv = {};
    empty.env = {std::string(100000, 'e'), std::string(128 * kKib - 3 * 8 - name - 1 - 100001 - 1, 'f')};
    check_most(tap, std::string("environment/strings-empty-argv-") + abi.name, empty);
}

// RLIMIT_STACK as the limit of the temporary stack

/// The first page is there before any limit is looked at; further ones stay within RLIMIT_STACK. If they fill
/// it, the vectors have no room, which the kernel finds too late for an error.
void check_small_stack(Tap& tap, const Abi& abi, const char* name, rlim_t bytes) {
    const std::string row = std::string("environment/stack-") + name + '-' + abi.name;
    const std::size_t pages = std::max<rlim_t>(bytes / kPage, 1);
    const std::size_t full = pages * kPage - 8;
    const auto outcome = [&](std::size_t total) {
        Exec exec = exec_with(abi, total);
        exec.stack_limit = bytes;
        exec.prepare = no_randomize;
        return round_trip(exec);
    };
    // Vectors and the probe's own use fit into 2 KiB.
    tap.expect(row + "-room", outcome(full - 2048), "ok");
    tap.expect(row + "-full", outcome(full), "SIGSEGV");
    tap.expect(row + "-over", outcome(full + 1), "E2BIG");
}

void check_small_stacks(Tap& tap, const Abi& abi) {
    check_small_stack(tap, abi, "64k", 64 * kKib);
    check_small_stack(tap, abi, "16k", 16 * kKib);
    check_small_stack(tap, abi, "4k", 4 * kKib);
    check_small_stack(tap, abi, "0", 0);
    Exec exec = exec_with(abi, 100'000);
    exec.stack_limit = 64 * kKib;
    exec.prepare = no_randomize;
    tap.expect(std::string("environment/stack-64k-with-100k-") + abi.name, round_trip(exec), "E2BIG");
    // A random stack pointer costs up to 8 KiB.
    exec = exec_with(abi, 48 * kKib);
    exec.stack_limit = 64 * kKib;
    tap.expect(std::string("environment/stack-64k-random-") + abi.name, round_trip(exec), "ok");
}

/// The stack grows down to RLIMIT_STACK, counted from its end, after the exec.
void check_growth(Tap& tap, const Abi& abi, const Size& size) {
    const std::string row = std::string("environment/growth-") + abi.name + size.suffix;
    const auto touch = [&](std::uint64_t address) {
        const auto bytes = [](std::uint64_t value, std::size_t count) {
            return std::string(reinterpret_cast<const char*>(&value), count);
        };
        // mov $address, %rax (%eax); mov %al, (%rax); exit(0)
        const std::string code = abi.native ? "\x48\xb8" + bytes(address, 8) + "\x88" + std::string(1, '\0') +
                                                  "\x6a\x3c\x58\x31\xff\x0f\x05"
                                            : "\xb8" + bytes(address, 4) + "\x88" + std::string(1, '\0') +
                                                  "\x6a\x01\x58\x31\xdb\xcd\x80";
        make_file("/tmp/touch", with_code_at_entry(abi.file, code));
        Exec exec = exec_of(abi, size.pages);
        exec.file = "/tmp/touch";
        exec.prepare = no_randomize;
        exec.stack_limit = 2 * kMib;
        const std::string outcome = ran(exec);
        unlink("/tmp/touch");
        return outcome;
    };
    tap.expect(row + "-far", touch(abi.top - kMib), "ran");
    tap.expect(row + "-lowest", touch(abi.top - 2 * kMib), "ran");
    tap.expect(row + "-below", touch(abi.top - 2 * kMib - 1), "SIGSEGV");
}

// Other limits

/// Makes the caller's stack as large as the strings of an exec, in case that they are put there: what comes
/// of it else is parents/stack-address-space-limit's.
[[gnu::noinline]] void grow_own_stack() {
    volatile char room[64 * kPage];
    for (std::size_t at = 0; at < sizeof(room); at += kPage) room[at] = 1;
}

void check_address_space(Tap& tap, const Abi& abi) {
    const auto outcome = [&](int resource, rlim_t pages) {
        Exec exec = exec_of(abi, 30);
        exec.prepare = [=] {
            no_randomize();
            grow_own_stack();
            limit(resource, pages * kPage);
        };
        return round_trip(exec);
    };
    const auto row = [&](const char* name) { return std::string("environment/") + name + '-' + abi.name; };
    // The new address space is compared with the limit at each page of the strings,
    tap.expect(row("as-below-strings"), outcome(RLIMIT_AS, 20), "E2BIG");
    // when the 32 pages below them are added,
    tap.expect(row("as-below-expansion"), outcome(RLIMIT_AS, 40), "SIGSEGV");
    // and with 1 MiB it has room for the program.
    tap.expect(row("as-enough"), outcome(RLIMIT_AS, 256), "ok");
    // A stack does not count as data.
    tap.expect(row("data-none"), outcome(RLIMIT_DATA, 0), "ok");
}

/// What comes of an exec under vm.overcommit_memory=2 that leaves `kib` beyond what is committed already.
std::string outcome_never_overcommitting(const Abi& abi, std::size_t pages, long kib) {
    Exec exec = exec_of(abi, pages);
    exec.prepare = [kib] { never_overcommit(kib); };
    const std::string outcome = round_trip(exec);
    overcommit_again();
    return outcome;
}

void check_overcommit(Tap& tap, const Abi& abi) {
    const std::string row = std::string("environment/overcommit-") + abi.name;
    // The counter goes up in batches of a 256th of all memory: 4 MiB in this guest, and 6 MiB are more.
    tap.expect(row + "-none-left-big", outcome_never_overcommitting(abi, 1500, 256), "E2BIG");
    tap.expect(row + "-enough-big", outcome_never_overcommitting(abi, 1500, 64 * 1024), "ok");
    tap.expect(row + "-enough", outcome_never_overcommitting(abi, 16, 64 * 1024), "ok");
}

// Locked memory

/// mlockall(MCL_FUTURE) ends with the address space: VM_LOCKED is not in VM_INIT_DEF_MASK.
void check_locked(Tap& tap, const Abi& abi, const Size& size, bool privileged) {
    const std::string row =
        std::string("environment/mlockall-") + (privileged ? "root-" : "user-") + abi.name + size.suffix;
    Exec exec = exec_of(abi, size.pages);
    exec.prepare = [=] {
        if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) _exit(1);
        if (privileged) return;
        // More than that may be locked already.
        limit(RLIMIT_MEMLOCK, 4 * kPage);
        become_unprivileged();
    };
    long locked = -1;
    exec.look = [&](pid_t pid, const Seen&) { locked = status_kib(pid, "VmLck"); };
    const std::string outcome = round_trip(exec);
    tap.expect(row, outcome, "ok");
    if (outcome == "ok") tap.expect(row + "-vmlck", std::to_string(locked), "0");
}

// Personalities

struct Personality {
    const char* name;
    unsigned long flags;
};

constexpr Personality kPersonalities[] = {
    {"limit-3gb", ADDR_LIMIT_3GB},
    {"limit-3gb-fixed", ADDR_LIMIT_3GB | ADDR_NO_RANDOMIZE},
    {"limit-32bit", ADDR_LIMIT_32BIT},
    {"read-implies-exec", READ_IMPLIES_EXEC},
    {"compat-layout", ADDR_COMPAT_LAYOUT},
    {"page-zero", MMAP_PAGE_ZERO},
    {"short-inode", SHORT_INODE | WHOLE_SECONDS},
    {"all", ADDR_LIMIT_3GB | ADDR_LIMIT_32BIT | READ_IMPLIES_EXEC | ADDR_COMPAT_LAYOUT | MMAP_PAGE_ZERO |
                ADDR_NO_RANDOMIZE},
};

void check_personalities(Tap& tap, const Abi& abi) {
    for (const Personality& given : kPersonalities) {
        for (const Size& size : kSizes) {
            Exec exec = exec_of(abi, size.pages);
            exec.prepare = [&] {
                personality(given.flags);
                if (personality(0xffffffff) != static_cast<int>(given.flags)) _exit(1);
            };
            tap.expect(std::string("environment/personality-") + given.name + '-' + abi.name + size.suffix,
                       round_trip(exec), "ok");
        }
    }
}

// Executable stacks

struct StackHeader {
    const char* name;
    std::uint32_t type;
    std::uint32_t flags;
    bool native_executable;  // what fs/binfmt_elf.c and arch/x86/include/asm/elf.h make of it
    bool compat_executable;
};

constexpr StackHeader kHeaders[] = {
    {"rw", PT_GNU_STACK, PF_R | PF_W, false, false},
    {"rwx", PT_GNU_STACK, PF_R | PF_W | PF_X, true, true},
    {"none", PT_NULL, 0, false, true},
};

/// Runs code in argv[0], which exits.
std::string run_argument(const Abi& abi, const StackHeader& header, const std::string& file,
                         std::size_t pages) {
    // mov 8(%rsp), %rax; jmp *%rax, and mov 4(%esp), %eax; jmp *%eax
    const std::string jump = abi.native ? "\x48\x8b\x44\x24\x08\xff\xe0" : "\x8b\x44\x24\x04\xff\xe0";
    // push $60 (1); pop %rax; xor %edi, %edi (%ebx, %ebx); syscall (int $0x80), without a NUL
    const std::string leave = abi.native ? "\x6a\x3c\x58\x31\xff\x0f\x05" : "\x6a\x01\x58\x31\xdb\xcd\x80";
    ElfImage image(abi.file);
    image.set_code(jump);
    image.set_stack_header(header.type, header.flags);
    make_file(file, image.bytes);
    Exec exec = exec_of(abi, pages);
    exec.file = file;
    exec.argv.insert(exec.argv.begin(), leave);
    const std::string outcome = ran(exec);
    unlink(file.c_str());
    return outcome;
}

/// The caller's personality changes nothing: native programs clear READ_IMPLIES_EXEC, and others say
/// themselves what their stack is.
void check_stack_header(Tap& tap, const Abi& abi, const StackHeader& header, const Size& size,
                        const Personality& caller) {
    const std::string row =
        std::string("environment/stack-header-") + header.name + caller.name + '-' + abi.name + size.suffix;
    const bool executable = abi.native ? header.native_executable : header.compat_executable;
    const std::string file = "/tmp/stack-header";
    ElfImage image(abi.file);
    image.set_stack_header(header.type, header.flags);
    make_file(file, image.bytes);
    Exec exec = exec_of(abi, size.pages);
    exec.file = file;
    exec.prepare = [&] { personality(caller.flags); };
    StackVma vma;
    exec.look = [&](pid_t pid, const Seen&) { vma = stack_vma(pid); };
    const std::string outcome = round_trip(exec);
    tap.expect(row, outcome, "ok");
    unlink(file.c_str());
    // There is no stack to look at; the row above says why.
    if (outcome != "ok") return;
    tap.expect(row + "-protection", vma.protection, executable ? "rwxp" : "rw-p");
    tap.expect(row + "-flags", vma.flags, executable ? "rd wr ex mr mw me gd ac" : "rd wr mr mw me gd ac");
    if (caller.flags == 0) {
        // What the page tables say, not the mapping.
        tap.expect(row + "-jump", run_argument(abi, header, file, size.pages),
                   executable ? "ran" : "SIGSEGV");
    }
}

void check_stack_headers(Tap& tap, const Abi& abi) {
    constexpr Personality kCallers[] = {{"", 0}, {"-read-implies-exec", READ_IMPLIES_EXEC}};
    for (const StackHeader& header : kHeaders)
        for (const Personality& caller : kCallers)
            for (const Size& size : kSizes) check_stack_header(tap, abi, header, size, caller);
}

}  // namespace

void test_environment(Tap& tap) {
    for (const Abi& abi : kAbis) {
        check_string_limits(tap, abi);
        check_small_stacks(tap, abi);
        for (const Size& size : kSizes) check_growth(tap, abi, size);
        check_address_space(tap, abi);
        check_overcommit(tap, abi);
        for (const Size& size : kSizes) {
            check_locked(tap, abi, size, true);
            check_locked(tap, abi, size, false);
        }
        check_personalities(tap, abi);
        check_stack_headers(tap, abi);
    }
}

}  // namespace stackshift
