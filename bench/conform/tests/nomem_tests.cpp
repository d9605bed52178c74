// SPDX-License-Identifier: MIT
// Every allocation of an exec fails once: native, i386, compat callers and scripts. Each end is clean, and
// nothing is left behind. A group of its own and the last one, because mainline's count of committed memory
// does not survive it.
#include <sys/mman.h>

#include <iterator>
#include <optional>

#include "conform/support/facility.h"
#include "conform/support/fault_injection.h"
#include "conform/support/growth_report.h"
#include "conform/support/machine.h"
#include "conform/support/misc_entry.h"
#include "conform/tests/parts.h"
#include "conform/tests/tests.h"

namespace stackshift {
namespace {

struct Failing {
    const char* name;
    std::string file;
    std::size_t bytes;
    bool compat;
    bool interpreted = false;  ///< by a program that is given other arguments
};

/// What was wrong where the exec's `nth` allocation failed; empty: nothing. `injected`: it had so many.
std::string fail_nth(const Failing& what, int nth, bool& injected) {
    Exec exec;
    exec.file = what.file;
    exec.argv = strings_of(what.bytes);
    exec.compat = what.compat;
    const Seen seen = run_failing(exec, nth, injected);
    if (!seen.whole) return is_want_of_memory(seen) ? "" : seen.ended();
    return what.interpreted || seen.argv == exec.argv ? "" : "arguments lost";
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

/// What is committed, once every allocation of an exec has failed. Mainline loses count: a stack that is
/// being moved spans its old and its new place (relocate_vma_down()), some GiB, and if the move fails,
/// exit_mmap() takes all of it off what is committed.
void see_commitment(Tap& tap, const std::string& name, const Failing& what) {
    const FaultInjection injection(0);
    if (!injection.exists()) return tap.skip(name, lack_of(Facility::fault_injection));
    // What init and its children commit moves by less.
    constexpr long kNoiseKib = 4096;
    // So that there is enough to lose, also for the second who loses it: the count is never shown below 0. A
    // process of that size may fork only where everything may be committed.
    constexpr std::size_t kCommitted = std::size_t{1} << 40;
    write_text("/proc/sys/vm/overcommit_memory", "1");
    void* const committed =
        mmap(nullptr, kCommitted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const long before = meminfo_kib("Committed_AS");
    const std::string wrong = committed == MAP_FAILED ? "no mapping" : fail_each(what);
    const long after = meminfo_kib("Committed_AS");
    munmap(committed, kCommitted);
    write_text("/proc/sys/vm/overcommit_memory", "0");
    tap.expect(name,
               !wrong.empty() || before <= kNoiseKib ? "not measured " + wrong
               : after < before - kNoiseKib          ? "lost"
               : after > before + kNoiseKib          ? "grown"
                                                     : "kept",
               "lost");
}

void fail_allocations(Tap& tap) {
    const FaultInjection injection(0);
    if (!injection.exists()) return tap.skip("leaks/fail-nth", lack_of(Facility::fault_injection));
    make_file("/tmp/failing-script", "#!/probe64\n");
    const Failing cases[] = {
        {"fail-nth-64", kProbe64, 8 * kPage, false},
        {"fail-nth-32", kProbe32, 8 * kPage, false},
        {"fail-nth-compat", kProbe64, 100, true},
        {"fail-nth-script", "/tmp/failing-script", 8 * kPage, false, true},
        // Last: while the entry is there, i386 programs are interpreted.
        {"fail-nth-misc-i386-to-native", kProbe32, 8 * kPage, false, true},
    };
    // A leak of one page at one allocation leaves as many pages as there are scans.
    const int scans = is_debug_kernel() ? 2 : 4;
    std::optional<MiscEntry> entry;
    for (const Failing& what : cases) {
        if (&what == std::end(cases) - 1) entry.emplace(kMiscI386ToNative);
        const MemoryGroup group("leaks");
        Worker worker(group, [&] { return fail_each(what); });
        const std::string wrong = report_growth(tap, what.name, group, worker, scans);
        tap.expect("leaks/" + std::string(what.name) + "-ends", wrong.empty() ? "as allowed" : wrong,
                   "as allowed");
    }
}

}  // namespace

void test_nomem(Tap& tap) {
    // Before mainline loses count of what is committed.
    test_restage_limits(tap);
    // Before allocations fail, which leaves what it looks at in no good state.
    see_commitment(tap, "nomem/commitment", {"", kProbe64, 100, false});
    {
        const MiscEntry entry(kMiscI386ToNative);
        see_commitment(tap, "nomem/commitment-misc-i386-to-native", {"", kProbe32, 100, false, true});
    }
    fail_allocations(tap);
    test_restage_failures(tap);
}

}  // namespace stackshift
