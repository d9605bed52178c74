// SPDX-License-Identifier: MIT
// Group nomem: arguments that a kernel may have staged for the wrong ABI, because binfmt_misc has a program
// of the other one started, while allocations fail, memory is short, or limits are lowered meanwhile.
#include <fcntl.h>
#include <linux/fanotify.h>
#include <sys/resource.h>
#include <unistd.h>

#include <set>

#include "conform/support/arrival.h"
#include "conform/support/facility.h"
#include "conform/support/fault_injection.h"
#include "conform/support/machine.h"
#include "conform/support/misc_entry.h"
#include "conform/support/overcommit.h"
#include "conform/support/stopped.h"
#include "conform/tests/parts.h"

namespace stackshift {
namespace {

/// Fails each allocation of the exec in turn, until an exec ends before the failure is due.
void fail_each(Tap& tap, const std::string& name, const Exec& exec, const Arrival& arrival) {
    // An exec has some 150 on a bench kernel; debugging multiplies them.
    constexpr int kMost = 5000;
    // Before the point of no return an error that says what could not be had, after it the process's end.
    const std::set<std::string> clean = {"ok", "ENOMEM", "E2BIG", "EAGAIN", "SIGSEGV", "SIGKILL", "ENOEXEC"};
    std::set<std::string> seen_ends;
    // If not even an exec without failures arrives, the failures prove nothing.
    std::string wrong = arrived(run(exec), arrival);
    int failures = 0;
    bool injected = true;
    for (int nth = 1; nth < kMost && injected && wrong == "ok"; ++nth) {
        const std::string end = arrived(run_failing(exec, nth, injected), arrival);
        seen_ends.insert(end);
        if (end != "ok") ++failures;
        if (!clean.contains(end)) {
            wrong = end;
            tap.comment(name + ": allocation " + std::to_string(nth) + ": " + end);
        }
    }
    if (wrong == "ok" && injected) wrong = "no end of failures";
    tap.expect(name, wrong, "ok");
    // mm, vma, bprm, page tables, the pages themselves: an exec cannot do without some dozens.
    constexpr int kFewest = 20;
    tap.check(name + "-failures", failures >= kFewest,
              failures >= kFewest ? "" : std::to_string(failures) + " failures");
    std::string ends;
    for (const std::string& end : seen_ends) ends += " " + end;
    tap.comment(name + ":" + ends + ", " + std::to_string(failures) + " failures");
    tap.expect(name + "-afterwards", arrived(run(exec), arrival), "ok");
}

/// An i386 program with `strings`, for which binfmt_misc starts a native one: staged for the wrong place.
struct Restaged {
    explicit Restaged(const Strings& strings) {
        exec.argv.insert(exec.argv.end(), strings.begin(), strings.end());
        arrival.argv.insert(arrival.argv.end(), strings.begin(), strings.end());
    }
    const MiscEntry entry{kMiscI386ToNative};
    Exec exec = {.file = kProbe32, .argv = {"zero"}};
    Arrival arrival = {.argv = {kProbe64, kProbe32}};
};

/// Where memory is not overcommitted and there is room for the strings once, not twice.
void limit_commitment(Tap& tap) {
    // The counter goes up in batches of a 256th of all memory: 4 MiB in this guest. What else the program
    // commits to fits; another 6 MiB do not.
    constexpr std::size_t kBytes = 6000 << 10;
    constexpr long kRoomKib = (kBytes >> 10) + 1536;
    Restaged restaged(strings_of(kBytes));
    restaged.exec.prepare = [] { never_overcommit(kRoomKib); };
    const std::string seen = arrived(run(restaged.exec), restaged.arrival);
    overcommit_again();
    tap.expect("nomem/misc-i386-to-native-committed-once-big", seen, "ok");
}

/// RLIMIT_STACK is lowered when all strings have been staged: it is too late to refuse them, and the new
/// program ends where its stack would have to grow.
void lower_stack_limit(Tap& tap) {
    const std::string name = "nomem/misc-i386-to-native-lowered-stack-big";
    const Restaged restaged(strings_of(300'000));
    Gate gate(kProbe64, FAN_OPEN_EXEC_PERM);
    BackgroundExec background(restaged.exec);
    std::string seen = "not asked";
    if (gate.wait(background)) {
        const rlimit low = {200 << 10, 200 << 10};
        prlimit(background.pid(), RLIMIT_STACK, &low, nullptr);
        gate.answer(true);
        seen.clear();
    }
    const std::string end = arrived(background.wait(), restaged.arrival);
    tap.expect(name, seen.empty() ? end : seen + ": " + end, "SIGSEGV");
}

/// In a memory group that has room for the strings once, and in one that has room for them twice.
void limit_memory(Tap& tap) {
    constexpr size_t kBytes = 1 << 20;
    struct Case {
        const char* name;
        size_t room;
    };
    for (const Case& c : {Case{"nomem/misc-i386-to-native-room-for-one", 3 * kBytes / 2},
                          Case{"nomem/misc-i386-to-native-room-for-two", 5 * kBytes / 2}}) {
        const std::string name = c.name;
        const MemoryGroup group("restaged");
        if (!group.exists()) {
            for (const char* row : {"", "-left", "-afterwards"})
                tap.skip(name + row, lack_of(Facility::memory_groups));
            continue;
        }
        Restaged restaged(strings_of(kBytes));
        group.set_max(std::to_string(c.room));
        restaged.exec.prepare = [&] {
            // Before it joins, so that the report is not charged to the group.
            if (fallocate(3, FALLOC_FL_KEEP_SIZE, 0, 2 * kBytes) != 0) _exit(1);
            group.join();
        };
        tap.expect(name, arrived(run(restaged.exec), restaged.arrival), "ok");
        const long left = group.current();
        tap.expect(name + "-left", left < static_cast<long>(kBytes / 2) ? "nothing" : std::to_string(left),
                   "nothing");
        group.set_max("max");
        tap.expect(name + "-afterwards", arrived(run(restaged.exec), restaged.arrival), "ok");
    }
}

}  // namespace

void test_restage_limits(Tap& tap) {
    limit_commitment(tap);
    limit_memory(tap);
    lower_stack_limit(tap);
}

void test_restage_failures(Tap& tap) {
    struct Case {
        const char* name;
        size_t bytes;
    };
    for (const Case& c :
         {Case{"nomem/misc-i386-to-native", 3 * kPage}, Case{"nomem/misc-i386-to-native-big", 40 * kPage}}) {
        const FaultInjection injection(0);
        if (!injection.exists()) {
            for (const char* row : {"", "-failures", "-afterwards"})
                tap.skip(std::string(c.name) + row, lack_of(Facility::fault_injection));
            continue;
        }
        const Restaged restaged(strings_of(c.bytes));
        fail_each(tap, c.name, restaged.exec, restaged.arrival);
    }
}

}  // namespace stackshift
