// SPDX-License-Identifier: MIT
// Execs, good and failed, leave nothing behind; and what is staged is charged, counted and committed as long
// as it is.
#include <fcntl.h>
#include <linux/fanotify.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "conform/support/bad_elf.h"
#include "conform/support/books.h"
#include "conform/support/exec.h"
#include "conform/support/fault_injection.h"
#include "conform/support/machine.h"
#include "conform/support/on_cpu.h"
#include "conform/support/raw_exec.h"
#include "conform/support/shared.h"
#include "conform/support/stopped.h"
#include "conform/tests/nomem.h"
#include "conform/tests/tests.h"

namespace stackshift {
namespace {

/// Staged pages of "small" tests, which every strategy takes, and of "big" ones, which one of 32 pages does
/// not.
constexpr std::size_t kSmall = 20 * kPage;
constexpr std::size_t kBig = 100 * kPage;
/// RLIMIT_STACK so that the strings' limit is ARG_MAX, 128 KiB.
constexpr rlim_t kArgMaxStack = 512 << 10;

// --- Nothing is left
// --------------------------------------------------------------------------------------------

/// The child's end, as the worker's caller calls it.
std::string end_of(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
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

void make_quick(const char* probe, const char* path, const std::string& code) {
    ElfImage image(probe);
    std::size_t at = 0;
    image.edit([&](auto& header, auto& load, auto&) { at = header.e_entry - load.p_vaddr + load.p_offset; });
    image.bytes.replace(at, code.size(), code);
    make_file(path, image.bytes);
}

void make_quick_programs() {
    using std::string_literals::operator""s;
    // mov $60, %eax; xor %edi, %edi; syscall
    make_quick(kProbe64, kQuick64, "\xb8\x3c\0\0\0\x31\xff\x0f\x05"s);
    // mov $1, %eax; xor %ebx, %ebx; int $0x80
    make_quick(kProbe32, kQuick32, "\xb8\x01\0\0\0\x31\xdb\xcd\x80"s);
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

/// A leak of one page, or one charge, a time is certainly more than this part of it. What is not a leak is
/// smaller: charges are kept in batches of 64 pages, slabs and lists of free pages grow by as many.
constexpr int kNoisePart = 2;

/// What `times` turns of the worker leave; returns what went wrong in one.
std::string report_growth(Tap& tap, const std::string& name, const MemoryGroup& group, Worker& worker,
                          int times) {
    // Before that, for caches and per-cpu lists to fill.
    std::string wrong = worker.repeat(std::max(times / 4, 1));
    const Books before = close_books(group, &worker);
    if (wrong.empty()) wrong = worker.repeat(times);
    const Books after = close_books(group, &worker);
    const auto row = [&](const char* what, const std::vector<Books::Entry>& first,
                         const std::vector<Books::Entry>& second) {
        tap.expect("leaks/" + name + '-' + what,
                   wrong.empty() ? growth(first, second, times / kNoisePart, times) : wrong, "nothing");
    };
    row("memory", before.memory, after.memory);
    row("commitment", before.commitment, after.commitment);
    row("charge", before.charge, after.charge);
    return wrong;
}

void repeat(Tap& tap, const Repeated& what) {
    const MemoryGroup group("leaks");
    const Strings strings = strings_of(what.bytes);
    LowMemory memory(LowMemory::room(strings) + (1 << 20));
    RawExec exec = {memory.string(what.file), memory.strings(strings, what.compat), 0, what.compat};
    if (what.spoil != nullptr) what.spoil(exec, memory);
    Worker worker(group, [&] {
        const rlimit stack = {what.stack_limit, RLIM_INFINITY};
        setrlimit(RLIMIT_STACK, &stack);
        // Where a kernel lets too much onto a small stack, it shall end in the same way each time.
        if (what.stack_limit < kArgMaxStack) personality(ADDR_NO_RANDOMIZE);
        const std::string ended = exec_once(exec);
        return ended == what.expected ? "" : ended;
    });
    // Still more pages than lists and batches hold; a debug kernel is ten times as slow.
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
    // Each pointer counts 8 bytes of the 128 KiB, as many as there may be of strings.
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
    Exec exec;
    exec.argv = strings_of(kSmall);
    exec.argv.insert(exec.argv.begin(), "first");
    Worker worker(group, [&]() -> std::string {
        StoppedExec stopped(exec);
        const Seen seen = stopped.kill();
        if (!stopped.stopped()) return "not stopped";
        return seen.signal == SIGKILL ? "" : seen.ended();
    });
    // Each leaves 20 pages if it leaves any.
    report_growth(tap, "killed-mid-copy", group, worker, 200);
}

// --- What is staged is seen
// -------------------------------------------------------------------------------------

struct Size {
    const char* name;
    std::size_t bytes;
};
constexpr Size kSizes[] = {{"-small", kSmall}, {"-big", kBig}};

/// Pages of a process's anonymous memory as the OOM killer counts them: its CPUs keep up to 32 to themselves.
long rss_pages(pid_t pid) {
    const std::string status = read_text("/proc/" + std::to_string(pid) + "/status");
    const std::size_t at = status.find("RssAnon:");
    return at == std::string::npos ? -1 : std::stol(status.substr(at + 8)) / 4;
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

/// What an exec's staging adds, `expected` pages; false where it could not be stopped.
bool measure_staged(const Exec& wanted, int touched_before, Staged& added, std::string& ended) {
    const MemoryGroup group("staged");
    Shared<Staged> before;
    Exec exec = wanted;
    exec.prepare = [&] { group.join(); };
    StoppedExec stopped(exec, 0, [&] {
        // Kept until the exec.
        auto* memory = new LowMemory(64 * kPage);
        for (int i = 0; i < touched_before; ++i) memory->string(std::string(kPage - 1, 'x'));
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
    // What CPUs keep to themselves shall be this one's alone.
    const OnCpu cpu(0);
    for (const Size& size : kSizes) {
        Exec exec;
        exec.argv = strings_of(size.bytes);
        exec.argv.insert(exec.argv.begin(), "first");
        // One word and the file name are above the strings.
        const long staged = static_cast<long>(size.bytes / kPage) + 1;
        constexpr long kOwn = 4;
        Staged added = {};
        std::string ended;
        const bool stopped = measure_staged(exec, 0, added, ended);
        const auto row = [&](const char* what, long pages, long noise) {
            tap.expect("leaks/staged-" + std::string(what) + size.name,
                       stopped ? amount(pages, staged, noise) : "not stopped: " + ended, "as staged");
        };
        row("anon", added.anon, kOwn);
        row("committed", added.committed, kOwn);
        // So are the new mm's page tables, and a slab or two.
        constexpr int kTables = 8;
        row("charge", added.current, kOwn + kTables);
        // The RSS is read without what the CPU keeps, which is anything below 32 pages. On an average of
        // starts that lie evenly apart, that cancels out.
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
    const std::string rollup = read_text("/proc/" + std::to_string(pid) + "/smaps_rollup");
    const std::size_t at = rollup.find("Anonymous:");
    return at == std::string::npos ? -1 : std::stol(rollup.substr(at + 10)) / 4;
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
                    "leaks/placed-" + std::string(what) + (file == kProbe64 ? "-64" : "-32") + size.name,
                    ok           ? "as mapped"
                    : seen.whole ? std::to_string(pages) + " of " + std::to_string(mapped) + " pages"
                                 : seen.ended(),
                    "as mapped");
            };
            row("charge", charged, 0);
            row("rss", counted, 32);
        }
}

// --- Every allocation fails once
// --------------------------------------------------------------------------------

struct Failing {
    const char* name;
    std::string file;
    std::size_t bytes;
    bool compat;
};

/// Lets the exec's n-th allocation fail; `injected`: it had so many.
std::string fail_nth(const Failing& what, int n, bool& injected) {
    Exec exec;
    exec.argv = strings_of(what.bytes);
    exec.file = what.file;
    // The probe's report must not need memory: that would be one allocation more.
    exec.prepare = [] { fallocate(3, FALLOC_FL_KEEP_SIZE, 0, 256 << 10); };
    exec.call = [&] {
        LowMemory memory(LowMemory::room(exec.argv) + kPage);
        const RawExec raw = {memory.string(exec.file), memory.strings(exec.argv, what.compat), 0,
                             what.compat};
        const std::string number = std::to_string(n);
        const int fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
        if (write(fd, number.data(), number.size()) < 0) _exit(1);
        return execute(raw);
    };
    exec.ended = [&](pid_t pid) {
        injected = read_text("/proc/" + std::to_string(pid) + "/fail-nth") == "0\n";
    };
    const Seen seen = run(exec);
    if (!is_want_of_memory(seen) && !seen.whole) return seen.ended();
    if (!seen.whole) return "";
    const bool script = what.file != kProbe64 && what.file != kProbe32;
    return script || seen.argv == exec.argv ? "" : "arguments lost";
}

/// All of an exec's allocations, one after the other.
std::string fail_each(const Failing& what) {
    // The smallest exec has more than thirty, and no exec here a thousand.
    constexpr int kLeast = 30;
    constexpr int kMost = 1000;
    for (int n = 1; n < kMost; ++n) {
        bool injected = false;
        const std::string wrong = fail_nth(what, n, injected);
        if (!wrong.empty()) return wrong;
        if (!injected) return n > kLeast ? "" : "only " + std::to_string(n) + " allocations";
    }
    return "no end of allocations";
}

/// What is committed, once all allocations of an exec have failed. Mainline loses count: a stack that is
/// being moved spans its old and its new place (relocate_vma_down()), some GiB, and where the move fails all
/// of it is taken off what is committed when the mm goes (exit_mmap()).
void see_commitment(Tap& tap) {
    const FaultInjection injection(0);
    if (!injection.exists()) return tap.skip("nomem/commitment", "no fault injection");
    // What init and its children commit moves by less.
    constexpr long kNoiseKib = 4096;
    // So that there is something to lose.
    constexpr std::size_t kCommitted = 64 << 20;
    void* const committed =
        mmap(nullptr, kCommitted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const long before = meminfo_kib("Committed_AS");
    const std::string wrong = fail_each({"", kProbe64, 100, false});
    const long after = meminfo_kib("Committed_AS");
    munmap(committed, kCommitted);
    tap.expect("nomem/commitment",
               !wrong.empty() || before <= kNoiseKib ? "not measured " + wrong
               : after < before - kNoiseKib          ? "lost"
                                                     : "kept",
               "lost");
}

void fail_allocations(Tap& tap) {
    const FaultInjection injection(0);
    if (!injection.exists()) return tap.skip("leaks/fail-nth", "no fault injection");
    make_file("/tmp/failing-script", "#!/probe64\n");
    const Failing cases[] = {
        {"fail-nth-64", kProbe64, 8 * kPage, false},
        {"fail-nth-32", kProbe32, 8 * kPage, false},
        {"fail-nth-compat", kProbe64, 100, true},
        {"fail-nth-script", "/tmp/failing-script", 8 * kPage, false},
    };
    // A leak of one page in one place leaves as many.
    const int scans = is_debug_kernel() ? 2 : 4;
    for (const Failing& what : cases) {
        const MemoryGroup group("leaks");
        Worker worker(group, [&] { return fail_each(what); });
        const std::string wrong = report_growth(tap, what.name, group, worker, scans);
        tap.expect("leaks/" + std::string(what.name) + "-ends", wrong.empty() ? "as allowed" : wrong,
                   "as allowed");
    }
}

}  // namespace

void test_leaks(Tap& tap) {
    see_staged(tap);
    see_placed(tap);
    repeat_all(tap);
    repeat_kill(tap);
}

void test_failing_allocations(Tap& tap) {
    // First: what it looks at is in no good state afterwards.
    see_commitment(tap);
    fail_allocations(tap);
}

}  // namespace stackshift
