// SPDX-License-Identifier: MIT
// Execs of mixed sizes on all CPUs, in a memory group that is always short of memory, beside a process that
// makes it swap, while allocations fail at random: what succeeds is intact, and nothing is left.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "conform/support/books.h"
#include "conform/support/exec.h"
#include "conform/support/fault_injection.h"
#include "conform/support/machine.h"
#include "conform/support/on_cpu.h"
#include "conform/support/raw_exec.h"
#include "conform/support/shared.h"
#include "conform/support/swap_area.h"
#include "conform/tests/tests.h"

namespace stackshift {
namespace {

constexpr const char* kKmemleak = "/sys/kernel/debug/kmemleak";
constexpr int kMostPages = 40;
/// Less than what two execs of the largest size and the swapper need.
constexpr const char* kLimit = "4194304";
constexpr std::size_t kSwapped = 4 << 20;
/// An exec has some fifty allocations: with this, about half of the execs fail.
constexpr int kPercent = 1;

/// How the execs of one CPU ended.
struct Tally {
    volatile int intact;
    volatile int failed;
    volatile int wrong;
    char first_wrong[64];
};

struct Round {
    Shared<Tally> tallies[2];
    struct Flag {
        volatile bool set;
    };
    Shared<Flag> over;
};

/// Joins the group. With "-1000" the OOM killer spares the caller.
void join(const MemoryGroup& group, const char* oom_score) {
    group.join();
    write_text("/proc/self/oom_score_adj", oom_score);
}

/// Writes to more memory than the group may have, until the round is over.
[[noreturn]] void swap_away(const MemoryGroup& group, const Round& round) {
    join(group, "-1000");
    auto* memory = static_cast<volatile char*>(
        mmap(nullptr, kSwapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    while (!round.over->set) {
        for (std::size_t at = 0; at < kSwapped && !round.over->set; at += kPage) memory[at] = 's';
        // Leaves time to the execs.
        usleep(50'000);
    }
    _exit(0);
}

Seen exec_churning(int i) {
    Exec exec;
    exec.file = i % 3 == 0 ? kProbe32 : kProbe64;
    exec.argv = strings_of(static_cast<std::size_t>(i * 7 % kMostPages) * kPage + 100);
    exec.call = [&] {
        const bool compat = i % 2 == 0;
        LowMemory memory(LowMemory::room(exec.argv) + kPage);
        const RawExec raw = {memory.string(exec.file), memory.strings(exec.argv, compat), 0, compat};
        write_text("/proc/self/oom_score_adj", "0");
        FaultInjection::ask_for_it();
        return execute(raw);
    };
    Seen seen = run(exec);
    // A whole report must hold what was sent. A report that got no memory breaks off.
    if (seen.whole && seen.argv != exec.argv) seen.error = EILSEQ;
    return seen;
}

[[noreturn]] void churn_on(int cpu, int times, const MemoryGroup& group, Tally& tally) {
    const OnCpu here(cpu);
    join(group, "-1000");
    for (int i = 0; i < times; ++i) {
        const Seen seen = exec_churning(i);
        if (seen.ended() == "ok") {
            tally.intact = tally.intact + 1;
        } else if (is_want_of_memory(seen) || seen.ended() == "incomplete") {
            tally.failed = tally.failed + 1;
        } else {
            tally.wrong = tally.wrong + 1;
            seen.ended().copy(tally.first_wrong, sizeof tally.first_wrong - 1);
        }
    }
    _exit(0);
}

/// One round of `times` execs per CPU. It has its own swap, so that nothing stays there.
bool churn(int times, const Round& round) {
    const SwapArea swap;
    const FaultInjection injection(kPercent);
    const MemoryGroup group("churn");
    if (!swap.on() || !injection.exists() || !group.exists()) return false;
    group.set_max(kLimit);
    const pid_t swapper = fork();
    if (swapper == 0) swap_away(group, round);
    pid_t workers[2] = {};
    for (int cpu = 0; cpu < 2; ++cpu) {
        workers[cpu] = fork();
        if (workers[cpu] == 0) churn_on(cpu, times, group, *round.tallies[cpu]);
    }
    for (const pid_t worker : workers) waitpid(worker, nullptr, 0);
    round.over->set = true;
    waitpid(swapper, nullptr, 0);
    return true;
}

/// Execs per CPU: churn=N on the kernel's command line makes a shorter run.
int times_wanted() {
    const char* wanted = std::getenv("churn");
    const int times = wanted != nullptr ? std::atoi(wanted) : 0;
    if (times > 0) return times;
    return is_debug_kernel() ? 500 : 1000;
}

std::string memory_leaks() {
    // A single scan may miss a pointer that is in a register. What two scans call lost is lost.
    for (int i = 0; i < 2; ++i) {
        write_text(kKmemleak, "scan");
        sleep(1);
    }
    const std::string found = read_text(kKmemleak);
    if (found.empty()) return "nothing";
    // The first objects' backtraces go to the console's log: a test's line has no room for them.
    constexpr size_t kShown = 4000;
    write_text("/dev/console", found.substr(0, kShown));
    return found;
}

}  // namespace

void test_churn(Tap& tap) {
    const bool debug = access(kKmemleak, W_OK) == 0;
    const int times = times_wanted();
    const MemoryGroup root("books");
    const Round warm;
    if (!churn(times / 4, warm)) return tap.skip("churn/ran", "no fault injection, zram or memory cgroups");
    if (debug) write_text(kKmemleak, "clear");
    const Books before = close_books(root);
    const long swapped = vmstat("pswpout");
    const Round round;
    churn(times, round);
    const bool did_swap = vmstat("pswpout") > swapped;
    const Books after = close_books(root);

    int intact = 0;
    int failed = 0;
    std::string wrong = "nothing";
    for (const Shared<Tally>& tally : round.tallies) {
        intact += tally->intact;
        failed += tally->failed;
        if (tally->wrong != 0) wrong = tally->first_wrong;
    }
    tap.comment("churn: " + std::to_string(intact) + " intact, " + std::to_string(failed) + " failed");
    // If all execs or none succeed, nothing was tested.
    tap.expect("churn/some-succeed", intact > times / 10 ? "yes" : "no", "yes");
    tap.expect("churn/some-fail", failed > times / 10 ? "yes" : "no", "yes");
    tap.expect("churn/swapped", did_swap ? "yes" : "no", "yes");
    tap.expect("churn/wrong-ends", wrong, "nothing");
    tap.expect("churn/memory", growth(before.memory, after.memory, times / 4, 2 * times), "nothing");
    tap.expect("churn/commitment", growth(before.commitment, after.commitment, 0, 2 * times), "nothing");
    if (debug) {
        tap.expect("churn/kmemleak", memory_leaks(), "nothing");
    } else {
        tap.skip("churn/kmemleak", "not a debug kernel");
    }
}

}  // namespace stackshift
