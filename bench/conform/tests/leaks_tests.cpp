// SPDX-License-Identifier: MIT
// Execs, good and failed, leave nothing behind; and staged strings are charged, counted and committed as long
// as they are staged.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "conform/support/caller.h"
#include "conform/support/elf_image.h"
#include "conform/support/growth_report.h"
#include "conform/support/machine.h"
#include "conform/support/on_cpu.h"
#include "conform/support/process_view.h"
#include "conform/support/raw_exec.h"
#include "conform/support/shared.h"
#include "conform/support/sizes.h"
#include "conform/support/stopped.h"
#include "conform/tests/tests.h"

/// Where the program's data ends, as the linker says.
extern "C" char _end[];

namespace stackshift {
namespace {

// Nothing is left

/// How the child ended: "ok", "E2BIG", "SIGKILL".
std::string end_of(pid_t child) {
    const int status = status_of(child);
    if (WIFSIGNALED(status)) return signal_name(WTERMSIG(status));
    return WEXITSTATUS(status) == 0 ? "ok" : error_name(WEXITSTATUS(status));
}

/// One exec in a child that has nothing else to do.
std::string exec_once(const RawExec& exec) {
    const pid_t child = vfork();
    if (child == 0) _exit(execute(exec));
    return end_of(child);
}

/// Programs that end at once: reading all strings is most of what a probe costs.
constexpr const char* kQuick64 = "/tmp/quick64";
constexpr const char* kQuick32 = "/tmp/quick32";
/// Whose stack a kernel may have to place anew, because the caller must not know where it is.
constexpr const char* kSetuid64 = "/tmp/setuid64";
constexpr const char* kSetuid32 = "/tmp/setuid32";

void make_quick_programs() {
    using std::string_literals::operator""s;
    // mov $60, %eax; xor %edi, %edi; syscall
    make_file(kQuick64, with_code_at_entry(kProbe64, "\xb8\x3c\0\0\0\x31\xff\x0f\x05"s));
    // mov $1, %eax; xor %ebx, %ebx; int $0x80
    make_file(kQuick32, with_code_at_entry(kProbe32, "\xb8\x01\0\0\0\x31\xdb\xcd\x80"s));
    copy_program(kQuick64, kSetuid64, 04755);
    copy_program(kQuick32, kSetuid32, 04755);
}

struct Repeated {
    const char* name;
    const char* expected;
    int times;
    std::string file;
    std::size_t bytes;
    bool compat = false;
    rlim_t stack_limit = kStackLimit;
    /// Makes it a bad call.
    void (*spoil)(RawExec& exec, LowMemory& memory) = nullptr;
};

void repeat(Tap& tap, const Repeated& what) {
    const MemoryGroup group("leaks");
    const Strings strings = strings_of(what.bytes);
    LowMemory memory(LowMemory::room(strings) + (1 << 20));
    RawExec exec = {memory.string(what.file), memory.strings(strings, what.compat), 0, what.compat};
    if (what.spoil != nullptr) what.spoil(exec, memory);
    Worker worker(group, [&] {
        const rlimit stack = {what.stack_limit, RLIM_INFINITY};
        setrlimit(RLIMIT_STACK, &stack);
        // A kernel that lets too much onto a small stack shall end the program in the same way each time.
        if (what.stack_limit < kArgMaxStack) no_randomize();
        const std::string ended = exec_once(exec);
        return ended == what.expected ? "" : ended;
    });
    // A debug kernel is ten times as slow. 150 times are still more pages than lists and batches hold.
    report_growth(tap, what.name, group, worker, is_debug_kernel() ? std::min(what.times, 150) : what.times);
}

/// A first argument that is not there: all others are staged by then.
void bad_first(RawExec& exec, LowMemory& memory) {
    std::vector<std::uint64_t> pointers;
    const auto* old = reinterpret_cast<const std::uint64_t*>(exec.argv);
    while (*old != 0) pointers.push_back(*old++);
    pointers[0] = 8;
    exec.argv = memory.vector(pointers, exec.compat);
}

void too_many(RawExec& exec, LowMemory& memory) {
    // Each pointer counts 8 bytes of the 128 KiB that all strings may have: the pointers alone reach the
    // limit.
    exec.argv = memory.vector(std::vector<std::uint64_t>((128 << 10) / 8, memory.string("")), exec.compat);
}

void repeat_all(Tap& tap) {
    make_quick_programs();
    make_file("/tmp/text", "echo no interpreter is named\n");
    make_file("/tmp/script", "#!/tmp/quick64\n");
    make_file("/tmp/script-missing", "#!/nothing\n");
    ElfImage late(kProbe64);
    late.edit([](auto&, auto& load, auto&) { load.p_offset += 1; });
    make_file("/tmp/late", late.bytes);
    const Repeated all[] = {
        {"exec-64", "ok", 1000, kQuick64, 100},
        {"exec-32", "ok", 300, kQuick32, 100},
        {"exec-setuid-64", "ok", 200, kSetuid64, 100},
        {"exec-setuid-32", "ok", 200, kSetuid32, 100},
        {"exec-compat", "ok", 200, kQuick64, 100, true},
        {"exec-script", "ok", 300, "/tmp/script", 100},
        {"exec-20-pages", "ok", 200, kQuick64, kSmall},
        {"exec-100-pages-big", "ok", 150, kQuick64, kBig},
        {"missing", "ENOENT", 300, "/nothing", kSmall},
        {"e2big-string", "E2BIG", 200, kQuick64, kSmall, false, kStackLimit,
         [](RawExec& exec, LowMemory& memory) {
             exec.argv = memory.strings({"p", std::string(131072, 'x'), "staged"}, false);
         }},
        {"e2big-size", "E2BIG", 200, kQuick64, 33 * kPage, false, kArgMaxStack},
        {"e2big-rlimit-stack", "E2BIG", 200, kQuick64, 31 * kPage, false, 64 << 10},
        {"e2big-count", "E2BIG", 200, kQuick64, 100, false, kArgMaxStack, too_many},
        {"efault", "EFAULT", 200, kQuick64, kSmall, false, kStackLimit, bad_first},
        {"enoexec", "ENOEXEC", 200, "/tmp/text", kSmall},
        {"script-missing", "ENOENT", 200, "/tmp/script-missing", kSmall},
        {"late", "SIGSEGV", 200, "/tmp/late", kSmall},
    };
    for (const Repeated& what : all) repeat(tap, what);
}

/// Killed while its strings are copied.
void repeat_kill(Tap& tap) {
    const MemoryGroup group("leaks");
    // It is the worker, another process, that stops execs.
    const Need need(Facility::userfaultfd);
    Exec exec;
    exec.argv = strings_behind_first(kSmall);
    Worker worker(group, [&]() -> std::string {
        StoppedExec stopped(exec);
        const Seen seen = stopped.kill();
        if (!stopped.stopped()) return "not stopped";
        return seen.signal == SIGKILL ? "" : seen.ended();
    });
    // If an exec leaves any pages, it leaves 20.
    report_growth(tap, "killed-mid-copy", group, worker, 200);
}

// What is staged is seen

/// Pages of a process's anonymous memory as the OOM killer counts them: each CPU keeps up to 32 to itself.
long rss_pages(pid_t pid) {
    return status_kib(pid, "RssAnon") / 4;
}

struct Staged {
    long anon;
    long current;
    long committed;
    long rss;
};

Staged staged_now(const MemoryGroup& group, pid_t pid) {
    constexpr long kBytes = static_cast<long>(kPage);
    return {group.stat("anon") / kBytes, group.drained_current() / kBytes, meminfo_kib("Committed_AS") / 4,
            rss_pages(pid)};
}

/// Makes this process's data, heap and used stack its own: a page that it still shares with its parent is
/// charged when it is first written to, and how many that would be meanwhile depends on where the stack and
/// the heap begin. What is below the stack pointer stays as it is, for some strategy stages there.
void own_pages() {
    const auto own = [](std::uint64_t start, std::uint64_t end) {
        start = start / kPage * kPage;
        madvise(reinterpret_cast<void*>(start), end - start, MADV_POPULATE_WRITE);
    };
    // proc(5): start_data, start_brk, startstack.
    own(stat_field(getpid(), 45), reinterpret_cast<std::uint64_t>(_end));
    own(stat_field(getpid(), 47), reinterpret_cast<std::uint64_t>(sbrk(0)));
    own(reinterpret_cast<std::uint64_t>(__builtin_frame_address(0)), stat_field(getpid(), 28));
}

/// What an exec's staging adds, in pages; false where the exec could not be stopped.
bool measure_staged(const Exec& wanted, int touched_before, Staged& added, std::string& ended) {
    const MemoryGroup group("staged");
    Shared<Staged> before;
    Exec exec = wanted;
    exec.prepare = [&] { group.join(); };
    StoppedExec stopped(exec, 0, [&] {
        // Kept until the exec.
        auto* memory = new LowMemory(64 * kPage);
        for (int i = 0; i < touched_before; ++i) memory->string(std::string(kPage - 1, 'x'));
        own_pages();
        *before = staged_now(group, getpid());
    });
    const Staged now = staged_now(group, stopped.pid());
    added = {now.anon - before->anon, now.current - before->current, now.committed - before->committed,
             now.rss - before->rss};
    ended = stopped.go_on().ended();
    return stopped.stopped();
}

/// "as staged" where `pages` are what was staged, but for the few that the child needs itself.
std::string amount(long pages, long staged, long noise) {
    if (std::labs(pages - staged) <= noise) return "as staged";
    return pages <= noise ? "nothing" : std::to_string(pages) + " pages";
}

void see_staged(Tap& tap) {
    // On one CPU, so that no other one keeps counts to itself.
    const OnCpu cpu(0);
    for (const Size& size : kSizes) {
        Exec exec;
        exec.argv = strings_behind_first(size.bytes);
        // One word and the file name are above the strings.
        const long staged = static_cast<long>(size.bytes / kPage) + 1;
        constexpr long kOwn = 4;
        Staged added = {};
        std::string ended;
        const bool stopped = measure_staged(exec, 0, added, ended);
        const auto row = [&](const char* what, long pages, long noise) {
            tap.expect("leaks/staged-" + std::string(what) + size.suffix,
                       stopped ? amount(pages, staged, noise) : "not stopped: " + ended, "as staged");
        };
        row("anon", added.anon, kOwn);
        row("committed", added.committed, kOwn);
        // The new mm's page tables are charged as well, and a slab or two.
        constexpr int kTables = 8;
        row("charge", added.current, kOwn + kTables);
        // What is read lacks what the CPU keeps, anything below 32 pages. That cancels out in the average
        // over starts that lie evenly apart.
        constexpr int kStarts = 8;
        constexpr int kKept = 32;
        long rss = 0;
        for (int i = 0; i < kStarts; ++i) {
            measure_staged(exec, i * kKept / kStarts, added, ended);
            rss += added.rss;
        }
        row("rss", rss / kStarts, kOwn + kKept / kStarts);
    }
}

/// Anonymous pages of a process, counted in its page tables.
long mapped_pages(pid_t pid) {
    return proc_kib(pid, "smaps_rollup", "Anonymous") / 4;
}

/// The new program has been charged for its strings, and they are in its RSS.
void see_placed(Tap& tap) {
    for (const Size& size : kSizes)
        for (const char* file : {kProbe64, kProbe32}) {
            const MemoryGroup group("placed");
            Exec exec;
            exec.file = file;
            exec.argv = strings_of(size.bytes);
            exec.prepare = [&] { group.join(); };
            long charged = 0;
            long counted = 0;
            long mapped = 0;
            exec.look = [&](pid_t pid, const Seen&) {
                charged = group.stat("anon") / static_cast<long>(kPage);
                counted = rss_pages(pid);
                mapped = mapped_pages(pid);
            };
            const Seen seen = run(exec);
            const long least = static_cast<long>(size.bytes / kPage);
            const auto row = [&](const char* what, long pages, long noise) {
                const bool ok = seen.whole && mapped >= least && std::labs(pages - mapped) <= noise;
                tap.expect(
                    "leaks/placed-" + std::string(what) + (file == kProbe64 ? "-64" : "-32") + size.suffix,
                    ok           ? "as mapped"
                    : seen.whole ? std::to_string(pages) + " of " + std::to_string(mapped) + " pages"
                                 : seen.ended(),
                    "as mapped");
            };
            row("charge", charged, 0);
            row("rss", counted, 32);
        }
}

/// Moved to another group when half of its strings are staged: each page is charged to the group that the
/// execer was in by then, counted there as long as it is mapped, and nowhere when the program has ended.
void see_moved(Tap& tap) {
    const OnCpu cpu(0);
    for (const Size& size : kSizes) {
        const MemoryGroup first("first");
        const MemoryGroup second("second");
        const std::size_t strings = size.bytes / kPage;
        Exec exec;
        exec.argv = Strings(strings, std::string(kPage - 1, 'x'));
        exec.prepare = [&] { first.join(); };
        long in_first = 0;
        long in_second = 0;
        long mapped = 0;
        exec.look = [&](pid_t pid, const Seen&) {
            in_first = first.stat("anon") / static_cast<long>(kPage);
            in_second = second.stat("anon") / static_cast<long>(kPage);
            mapped = mapped_pages(pid);
        };
        StoppedExec stopped(exec, strings / 2);
        if (stopped.stopped()) second.join(stopped.pid());
        const Seen seen = stopped.go_on();
        const std::string failed = !stopped.stopped() ? "not stopped: " + seen.ended()
                                   : seen.whole       ? ""
                                                      : seen.ended();

        const long half = static_cast<long>(strings / 2);
        const bool shared = in_first >= half - 2 && in_second >= half - 2 && in_first + in_second == mapped;
        tap.expect("leaks/moved-charge" + std::string(size.suffix),
                   !failed.empty() ? failed
                   : shared        ? "half and half"
                                   : std::to_string(in_first) + " and " + std::to_string(in_second) + " of " +
                                  std::to_string(mapped) + " pages",
                   "half and half");
        const long left_first = first.stat("anon");
        const long left_second = second.stat("anon");
        tap.expect("leaks/moved-left" + std::string(size.suffix),
                   !failed.empty()
                       ? failed
                       : std::to_string(left_first) + " and " + std::to_string(left_second) + " bytes",
                   "0 and 0 bytes");
    }
}

/// How reclaim sees the pages of a new program's strings: "active", "referenced" or "neither" for the page of
/// the file's name, and for all others where they agree.
std::string lru_state(pid_t pid, std::uint64_t start, std::uint64_t end) {
    const int flags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
    std::string top;
    std::string rest;
    for (const std::uint64_t entry : pagemap(pid, start, end)) {
        constexpr std::uint64_t kFrame = (std::uint64_t{1} << 55) - 1;
        constexpr std::uint64_t kReferenced = 1 << 2;
        constexpr std::uint64_t kActive = 1 << 6;
        std::uint64_t word = 0;
        if (pread(flags, &word, sizeof word, static_cast<off_t>((entry & kFrame) * sizeof word)) !=
            sizeof word)
            break;
        const char* const state = (word & kActive) != 0       ? "active"
                                  : (word & kReferenced) != 0 ? "referenced"
                                                              : "neither";
        // The last one is the page of the name.
        if (!top.empty() && rest.empty()) rest = top;
        if (!top.empty() && rest != top) rest = "mixed";
        top = state;
    }
    close(flags);
    return top.empty() ? "unknown" : top + ", others " + rest;
}

/// A page fault that copies a string leaves its page referenced, and the next string in that page activates
/// it.
void see_lru(Tap& tap) {
    // LRU_GEN counts touches beyond the first in bits of its own. 0: it is built in and off.
    const std::string enabled = read_text("/sys/kernel/mm/lru_gen/enabled");
    const bool generations = !enabled.empty() && enabled != "0x0000\n";
    for (const char* file : {kProbe64, kProbe32}) {
        Exec exec;
        exec.file = file;
        // One string, so that each page but the top one is touched once.
        exec.argv = {std::string(kSmall, 'x')};
        std::string state;
        exec.look = [&](pid_t pid, const Seen& seen) {
            // The page that the first string begins in has the program's own words as well.
            state = lru_state(pid, (seen.header.first_string / kPage + 1) * kPage, seen.stack_end());
        };
        const Seen seen = run(exec);
        tap.expect(std::string("leaks/placed-lru") + (file == kProbe64 ? "-64" : "-32"),
                   seen.whole ? state : seen.ended(),
                   generations ? "referenced, others referenced" : "active, others referenced");
    }
}

}  // namespace

void test_leaks(Tap& tap) {
    see_staged(tap);
    see_placed(tap);
    see_moved(tap);
    see_lru(tap);
    repeat_all(tap);
    repeat_kill(tap);
}

}  // namespace stackshift
