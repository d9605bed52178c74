// SPDX-License-Identifier: MIT
// What the new program and /proc show of the stack that execve made. Expected values are derived from
// fs/exec.c and fs/binfmt_elf.c of 6.12: where strings lie, which flags the mapping has, which pages exist.
#include <elf.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <set>

#include "conform/support/caller.h"
#include "conform/support/core_file.h"
#include "conform/support/elf_image.h"
#include "conform/support/exec.h"
#include "conform/support/machine.h"
#include "conform/support/process_view.h"
#include "conform/tests/parts.h"
#include "conform/tests/tests.h"

namespace stackshift {
namespace {

// Of /proc/PID/pagemap (Documentation/admin-guide/mm/pagemap.rst).
constexpr std::uint64_t kSoftDirty = 1ULL << 55;
constexpr std::uint64_t kExclusive = 1ULL << 56;
constexpr std::uint64_t kFileOrShared = 1ULL << 61;
constexpr std::uint64_t kSwapped = 1ULL << 62;
constexpr std::uint64_t kPresent = 1ULL << 63;

/// setup_arg_pages() adds 128 KiB below the strings' pages.
constexpr std::uint64_t kExpansion = 32;

struct Abi {
    const char* name;
    const char* file;
    std::uint64_t bits;
    std::uint64_t top;
};

constexpr Abi kAbis[] = {{"native", kProbe64, 64, kNativeTop}, {"i386", kProbe32, 32, kCompatTop}};

struct Size {
    const char* suffix;
    std::size_t pages;  // of strings in argv, and about a quarter of that in the environment
};

// One page, a few (every strategy has room for them), and more than 32, MAX_ARG_PAGES of old.
constexpr Size kSizes[] = {{"", 0}, {"-pages", 16}, {"-big", 100}};

/// All that is looked at while the program waits.
struct View {
    Seen seen;
    StackVma vma;
    Auxiliary aux;
    std::vector<std::uint64_t> pages;  // pagemap from vma.start
    std::string cmdline, environ, top_word, random;
    std::uint64_t start_stack, arg_start, arg_end, env_start, env_end;
    long stack_kib, locked_kib, swap_kib, anon_kib;
};

View look_at(pid_t pid, const Seen& seen) {
    View view = {};
    view.seen = seen;
    view.vma = stack_vma(pid);
    view.aux = auxiliary(pid, seen.header.bits);
    view.pages = pagemap(pid, view.vma.start, view.vma.end);
    view.cmdline = proc_text(pid, "cmdline");
    view.environ = proc_text(pid, "environ");
    view.top_word = memory_of(pid, view.vma.end - 8, 8);
    view.random = memory_of(pid, view.aux[AT_RANDOM], 16);
    // proc(5): startstack is field 28, arg_start to env_end are 48 to 51.
    view.start_stack = stat_field(pid, 28);
    view.arg_start = stat_field(pid, 48);
    view.arg_end = stat_field(pid, 49);
    view.env_start = stat_field(pid, 50);
    view.env_end = stat_field(pid, 51);
    view.stack_kib = status_kib(pid, "VmStk");
    view.locked_kib = status_kib(pid, "VmLck");
    view.swap_kib = status_kib(pid, "VmSwap");
    view.anon_kib = status_kib(pid, "RssAnon");
    return view;
}

Exec exec_of(const Abi& abi, std::size_t pages) {
    Exec exec;
    exec.file = abi.file;
    exec.argv = pages == 0 ? Strings{"probe", "", "two words"} : strings_of(pages * kPage);
    exec.env = pages == 0 ? Strings{"PATH=/bin", "", "A"} : strings_of(pages * kPage / 4, 5000);
    return exec;
}

std::uint64_t pages_of(std::uint64_t bytes) {
    return (bytes + kPage - 1) / kPage;
}

/// Bytes of all strings as execve() stages them: file name, environment, arguments, below one empty word.
std::uint64_t staged(const Exec& exec) {
    return joined({exec.file}).size() + joined(exec.argv).size() + joined(exec.env).size() + 8;
}

/// "ok", or in how many pages the bits of `mask` are not `wanted`. `from`: the address in the stack to start
/// at.
std::string pages_have(const View& view, std::uint64_t from, std::uint64_t mask, std::uint64_t wanted) {
    if (view.pages.size() != (view.vma.end - view.vma.start) / kPage) return "pagemap cannot be read";
    std::size_t wrong = 0;
    const std::size_t first = (from - view.vma.start) / kPage;
    for (std::size_t i = first; i < view.pages.size(); ++i) wrong += (view.pages[i] & mask) != wanted;
    return wrong == 0 ? "ok" : std::to_string(wrong) + " pages differ";
}

std::string equal(bool same) {
    return same ? "ok" : "differs";
}

std::uint64_t present_pages(const View& view) {
    return static_cast<std::uint64_t>(std::count_if(
        view.pages.begin(), view.pages.end(), [](std::uint64_t word) { return (word & kPresent) != 0; }));
}

/// Pages that are present are those of the strings, those of the vectors below them (at sp), and one more
/// that the program itself may have used by now.
std::string no_other_pages(const View& view) {
    const std::uint64_t lowest = view.seen.header.sp / kPage * kPage - kPage;
    for (std::size_t i = 0; i < view.pages.size(); ++i) {
        if ((view.pages[i] & kPresent) != 0 && view.vma.start + i * kPage < lowest)
            return "pages below the vectors";
    }
    return "ok";
}

/// Tests that need only the program's own report and /proc.
void check_strings(Tap& tap, const std::string& end, const Exec& exec, const View& view) {
    const ProbeHeader& header = view.seen.header;
    tap.expect("view/argv" + end, equal(view.seen.argv == exec.argv), "ok");
    tap.expect("view/env" + end, equal(view.seen.env == exec.env), "ok");
    tap.expect("view/cmdline" + end, equal(view.cmdline == joined(exec.argv)), "ok");
    tap.expect("view/environ" + end, equal(view.environ == joined(exec.env)), "ok");
    tap.expect("view/execfn" + end, header.execfn, exec.file);
    // File name on top, environment and arguments below it without a gap.
    const std::uint64_t name = view.vma.end - 8 - exec.file.size() - 1;
    tap.expect("view/execfn-place" + end,
               equal(view.aux.count(AT_EXECFN) == 1 && view.aux.at(AT_EXECFN) == name), "ok");
    tap.expect("view/env-place" + end, equal(header.past_strings == name), "ok");
    tap.expect("view/argv-place" + end,
               equal(header.first_string == name - joined(exec.env).size() - joined(exec.argv).size()), "ok");
    tap.expect("view/top-word" + end, equal(view.top_word == std::string(8, '\0')), "ok");
    tap.expect("view/sp-aligned" + end, std::to_string(header.sp % 16), "0");
    tap.expect("view/stat-startstack" + end, equal(view.start_stack == header.sp), "ok");
    tap.expect("view/stat-arg" + end,
               equal(view.arg_start == header.first_string &&
                     view.arg_end - view.arg_start == joined(exec.argv).size()),
               "ok");
    tap.expect("view/stat-env" + end, equal(view.env_start == view.arg_end && view.env_end == name), "ok");
}

void check_auxiliary(Tap& tap, const std::string& end, const View& view) {
    const auto value = [&](std::uint64_t key) {
        const auto found = view.aux.find(key);
        return found == view.aux.end() ? std::string("none") : std::to_string(found->second);
    };
    const std::uint64_t random = view.aux.count(AT_RANDOM) == 1 ? view.aux.at(AT_RANDOM) : 0;
    tap.expect("view/at-random-place" + end,
               equal(random > view.seen.header.sp && random + 16 <= view.seen.header.first_string), "ok");
    tap.expect(
        "view/at-random-bytes" + end,
        equal(view.random.compare(0, 16, reinterpret_cast<const char*>(view.seen.header.random), 16) == 0),
        "ok");
    tap.expect("view/at-secure" + end, value(AT_SECURE), "0");
    tap.expect("view/at-pagesz" + end, value(AT_PAGESZ), "4096");
    tap.expect("view/at-uid" + end, value(AT_UID) + ' ' + value(AT_EUID), "0 0");
    tap.expect("view/at-base" + end, value(AT_BASE), "0");
}

void check_mapping(Tap& tap, const std::string& end, const Exec& exec, const View& view, std::uint64_t top) {
    tap.expect("view/stack-protection" + end, view.vma.protection, "rw-p");
    tap.expect("view/stack-offset" + end, view.vma.offset, "00000000");
    // VM_STACK_FLAGS without VM_EXEC, which the probe's PT_GNU_STACK takes away; no soft-dirty flag, which
    // the temporary stack has and mprotect_fixup() drops.
    tap.expect("view/stack-flags" + end, view.vma.flags, "rd wr mr mw me gd ac");
    tap.expect("view/stack-end" + end,
               equal(view.vma.end == view.seen.stack_end() && view.vma.end <= top && view.vma.end > 0), "ok");
    const std::uint64_t pages = pages_of(staged(exec)) + kExpansion;
    tap.expect("view/stack-size" + end, std::to_string((view.vma.end - view.vma.start) / kPage),
               std::to_string(pages));
    tap.expect("view/vmstk" + end, std::to_string(view.stack_kib / 4), std::to_string(pages));
    tap.expect("view/vmlck" + end, std::to_string(view.locked_kib), "0");
    tap.expect("view/vmswap" + end, std::to_string(view.swap_kib), "0");
}

void check_pages(Tap& tap, const std::string& end, View& view) {
    const std::uint64_t strings = view.seen.header.first_string;
    tap.expect("view/pages-present" + end, pages_have(view, strings, kPresent | kSwapped, kPresent), "ok");
    tap.expect("view/pages-anonymous" + end, pages_have(view, strings, kFileOrShared, 0), "ok");
    tap.expect("view/pages-exclusive" + end, pages_have(view, strings, kExclusive, kExclusive), "ok");
    if (has(Facility::soft_dirty)) {
        tap.expect("view/pages-soft-dirty" + end, pages_have(view, strings, kSoftDirty, kSoftDirty), "ok");
    } else {
        tap.skip("view/pages-soft-dirty" + end, lack_of(Facility::soft_dirty));
    }
    tap.expect("view/pages-no-others" + end, no_other_pages(view), "ok");
    std::set<std::uint64_t> frames;
    constexpr std::uint64_t kFrame = (1ULL << 55) - 1;
    for (const std::uint64_t word : view.pages)
        if ((word & kPresent) != 0) frames.insert(word & kFrame);
    const std::uint64_t present = present_pages(view);
    tap.expect("view/pages-distinct" + end, equal(present > 0 && frames.size() == present), "ok");
    const auto kib = [&](const char* name) { return std::to_string(view.vma.kib[name]); };
    const std::string wanted = std::to_string(present * 4);
    tap.expect("view/smaps-rss" + end, equal(kib("Rss") == wanted), "ok");
    tap.expect("view/smaps-pss" + end, equal(kib("Pss") == wanted), "ok");
    tap.expect("view/smaps-anonymous" + end, equal(kib("Anonymous") == wanted), "ok");
    tap.expect("view/smaps-private-dirty" + end, equal(kib("Private_Dirty") == wanted), "ok");
    tap.expect("view/smaps-swap" + end, kib("Swap"), "0");
    // Each CPU counts up to 32 pages for itself (percpu_counter_batch, 6.12's get_mm_counter), and the stack
    // is all of the probe's anonymous memory. From 32 pages on, pages that are counted twice exceed that.
    const long off = std::abs(view.anon_kib / 4 - static_cast<long>(present));
    tap.expect("view/rss-anon" + end, equal(off < 32), "ok");
}

void check_view(Tap& tap, const Abi& abi, const Size& size) {
    const std::string end = std::string("-") + abi.name + size.suffix;
    Exec exec = exec_of(abi, size.pages);
    View view = {};
    exec.look = [&](pid_t pid, const Seen& seen) { view = look_at(pid, seen); };
    const Seen seen = run(exec);
    tap.expect("view/exec" + end, seen.ended(), "ok");
    // There is no program to look at; the test above says why.
    if (!seen.whole) return;
    check_strings(tap, end, exec, view);
    check_auxiliary(tap, end, view);
    check_mapping(tap, end, exec, view, abi.top);
    check_pages(tap, end, view);
}

/// The process's view of itself is the same through the other ABI's system call.
void check_other_caller(Tap& tap, const Abi& abi) {
    Exec exec = exec_of(abi, 16);
    exec.compat = true;
    tap.expect(std::string("view/from-compat-") + abi.name, round_trip(exec), "ok");
}

// A script's argv[0]

/// load_script() drops argv[0] after all strings were staged. Its pages stay part of the stack, and the
/// mapping starts 128 KiB below the lowest page that was ever staged.
void check_dropped_argument(Tap& tap, const Abi& abi) {
    const std::string name = std::string("view/script-dropped-argument-") + abi.name;
    make_file("/tmp/script", std::string("#!") + abi.file + "\n");
    Exec exec;
    exec.file = "/tmp/script";
    exec.argv = {std::string(20 * kPage, 'x'), "rest"};
    std::uint64_t pages = 0;
    exec.look = [&](pid_t pid, const Seen&) {
        const StackVma vma = stack_vma(pid);
        pages = (vma.end - vma.start) / kPage;
    };
    const Seen seen = run(exec);
    unlink("/tmp/script");
    const bool intact = seen.argv == Strings{abi.file, "/tmp/script", "rest"};
    tap.expect(name, seen.whole && !intact ? "argv differs" : seen.ended(), "ok");
    if (seen.whole)
        tap.expect(name + "-size", std::to_string(pages),
                   std::to_string(pages_of(staged(exec)) + kExpansion));
}

// Page faults

/// The number of strings and the bytes in the lowest page are the same for any size, so that only the size
/// differs.
Exec exec_for_faults(const Abi& abi, std::size_t pages) {
    Exec exec;
    exec.file = abi.file;
    exec.argv = Strings(4, std::string(100 + pages * kPage / 4, 'x'));
    exec.prepare = no_randomize;
    return exec;
}

/// Minor faults of the process, field 10 of stat, which goes on over execve; -1 where there was none.
long faults_of_process(const Exec& given) {
    long faults = -1;
    Exec exec = given;
    exec.look = [&](pid_t pid, const Seen&) { faults = static_cast<long>(stat_field(pid, 10)); };
    return run(exec).whole ? faults : -1;
}

/// The machine's faults so far. Counted with frames far below the caller's, which no exec of the sizes here
/// reaches: userstack takes pages from there, and the reader would fault them in again.
[[gnu::noinline]] long all_faults() {
    constexpr std::size_t kFar = 64 * kPage;
    auto* const room = static_cast<volatile char*>(__builtin_alloca(kFar));
    room[0] = 1;
    return vmstat("pgfault");
}

/// Faults of the whole machine from the execve to the program's end, while nothing else runs. By vfork, which
/// leaves no page to be copied on write, and without a report, because reading one faults.
long faults_of_machine(const Exec& exec) {
    // The first time, reading may take the heap pages that the second and the third time use again.
    all_faults();
    const long before = all_faults();
    const pid_t child = vfork();
    if (child == 0) {
        exec.prepare();
        for (int fd = 3; fd < 6; ++fd) close(fd);
        execute(exec.file, exec.argv, exec.env, exec.compat);
        _exit(1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    const long after = all_faults();
    return status == 0 ? after - before : -1;
}

/// get_user_pages() counts a fault for each page that it makes.
void check_faults(Tap& tap, const Abi& abi) {
    constexpr std::size_t kPages = 20;
    // Other faults can only add to these, so the least of several counts is what the exec needs.
    const auto least = [&](long (*count)(const Exec&), std::size_t pages) {
        const Exec exec = exec_for_faults(abi, pages);
        // Once without: what the caller has used of its stack before, userstack does not have to fault in.
        count(exec);
        long faults = count(exec);
        for (int i = 0; i < 4; ++i) faults = std::min(faults, count(exec));
        return faults;
    };
    const auto row = [&](const char* name, long (*count)(const Exec&)) {
        const long few = least(count, 4);
        const long many = least(count, 4 + kPages);
        tap.expect(std::string(name) + abi.name, few < 0 || many < 0 ? "no exec" : std::to_string(many - few),
                   std::to_string(kPages));
    };
    row("view/faults-of-process-", faults_of_process);
    row("view/faults-of-machine-", faults_of_machine);
}

// Core dumps

/// A program that dies at its first instruction leaves a core with everything that execve gave it.
void check_core(Tap& tap, const Abi& abi, const Size& size) {
    const std::string end = std::string("-") + abi.name + size.suffix;
    const std::string crasher = "/tmp/crasher";
    // ud2
    make_file(crasher, with_code_at_entry(abi.file, "\x0f\x0b"));
    const std::string pattern = read_text("/proc/sys/kernel/core_pattern");
    write_text("/proc/sys/kernel/core_pattern", "/tmp/core");
    Exec exec = exec_of(abi, size.pages);
    exec.file = crasher;
    exec.prepare = [] {
        const rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
        setrlimit(RLIMIT_CORE, &unlimited);
    };
    const std::string ended = run(exec).ended();
    write_text("/proc/sys/kernel/core_pattern", pattern);
    unlink(crasher.c_str());
    tap.expect("view/core-signal" + end, ended, "SIGILL");
    // Without the program there is no core.
    if (ended != "SIGILL") return;
    const CoreFile core(read_text("/tmp/core"));
    tap.expect("view/core-notes" + end, core.notes(), "PRSTATUS PRPSINFO SIGINFO AUXV FILE");
    tap.expect("view/core-argv" + end, equal(core.argv() == exec.argv), "ok");
    tap.expect("view/core-env" + end, equal(core.env() == exec.env), "ok");
    tap.expect("view/core-execfn" + end, core.execfn(), crasher);
    tap.expect("view/core-stack-size" + end, std::to_string(core.stack_pages()),
               std::to_string(pages_of(staged(exec)) + kExpansion));
    unlink("/tmp/core");
}

}  // namespace

void test_view(Tap& tap) {
    for (const Abi& abi : kAbis) {
        for (const Size& size : kSizes) check_view(tap, abi, size);
        check_other_caller(tap, abi);
        check_dropped_argument(tap, abi);
        check_faults(tap, abi);
        for (const Size& size : kSizes) check_core(tap, abi, size);
    }
    test_figures(tap);
}

}  // namespace stackshift
