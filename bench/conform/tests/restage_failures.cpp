// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "conform/support/arrival.h"
#include "conform/support/machine.h"
#include "conform/support/shared.h"
#include "conform/tests/misc.h"
#include "conform/tests/nomem.h"

namespace stackshift {
namespace {

/// Lets fail-nth reach every allocation; all as before when it goes.
class EveryAllocation {
  public:
    EveryAllocation() {
        for (Knob& knob : knobs_) {
            knob.before = read_text(knob.path);
            write_text(knob.path, knob.value);
        }
    }
    ~EveryAllocation() {
        for (const Knob& knob : knobs_) write_text(knob.path, knob.before);
    }
    EveryAllocation(const EveryAllocation&) = delete;
    EveryAllocation& operator=(const EveryAllocation&) = delete;

  private:
    struct Knob {
        const char* path;
        const char* value;
        std::string before = {};
    };
    // Those that may wait for reclaim are practically all; argument pages are "high memory" even here.
    // Reports of each failure would take longer than the test.
    Knob knobs_[6] = {
        {"/sys/kernel/debug/failslab/ignore-gfp-wait", "N"},
        {"/sys/kernel/debug/failslab/verbose", "0"},
        {"/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N"},
        {"/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N"},
        {"/sys/kernel/debug/fail_page_alloc/min-order", "0"},
        {"/sys/kernel/debug/fail_page_alloc/verbose", "0"},
    };
};

constexpr const char* kFailNth = "/proc/self/fail-nth";

/// One exec whose `nth` allocation fails, with vectors and report prepared, so that no other can be that.
Seen run_failing(const Exec& exec, unsigned nth, bool& reached) {
    const Shared<int> error;
    Exec failing = exec;
    reached = true;
    failing.prepare = [&] {
        std::vector<char*> argv;
        for (const std::string& text : exec.argv) argv.push_back(const_cast<char*>(text.c_str()));
        argv.push_back(nullptr);
        char* env[] = {nullptr};
        const std::string number = std::to_string(nth);
        const int fd = open(kFailNth, O_WRONLY | O_CLOEXEC);
        constexpr off_t kReport = 64 << 10;
        if (fallocate(3, FALLOC_FL_KEEP_SIZE, 0, kReport) != 0) _exit(1);
        *error = 0;
        if (write(fd, number.data(), number.size()) < 0) _exit(1);
        execve(exec.file.c_str(), argv.data(), env);
        *error = errno;
        _exit(1);
    };
    failing.look = [&](pid_t pid, const Seen&) {
        const std::string left = read_text("/proc/" + std::to_string(pid) + "/fail-nth");
        reached = left.empty() || left[0] == '0';
    };
    Seen seen = run(failing);
    seen.error = *error;
    return seen;
}

/// Fails each allocation of the exec in turn, until one comes through with the failure still to come.
void fail_each(Tap& tap, const std::string& name, const Exec& exec, const Arrival& arrival) {
    // Some 150 on a bench kernel; debugging multiplies them.
    constexpr unsigned kMost = 5000;
    // Before the point of no return what could not be had, after it the end.
    const std::set<std::string> clean = {"ok", "ENOMEM", "E2BIG", "EAGAIN", "SIGSEGV", "SIGKILL", "ENOEXEC"};
    std::set<std::string> seen_ends;
    // Where not even this comes through, each failure would be that one.
    std::string wrong = arrived(run(exec), arrival);
    int failures = 0;
    bool reached = true;
    for (unsigned nth = 1; nth < kMost && reached && wrong == "ok"; ++nth) {
        const std::string end = arrived(run_failing(exec, nth, reached), arrival);
        seen_ends.insert(end);
        if (end != "ok") ++failures;
        if (!clean.contains(end)) {
            wrong = end;
            tap.comment(name + ": allocation " + std::to_string(nth) + ": " + end);
        }
    }
    if (wrong == "ok" && reached) wrong = "no end of failures";
    tap.expect(name, wrong, "ok");
    // mm, vma, bprm, page tables, the pages themselves: some dozens cannot be done without.
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

/// In a memory group that has room for the strings, but not for them twice; and in one that has.
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
            for (const char* row : {"", "-left", "-afterwards"}) tap.skip(name + row, "no memory cgroups");
            continue;
        }
        Restaged restaged(strings_of(kBytes));
        group.set_max(std::to_string(c.room));
        restaged.exec.prepare = [&] {
            // What the program reports is not the group's.
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

void test_restage_failures(Tap& tap) {
    limit_memory(tap);
    struct Case {
        const char* name;
        size_t bytes;
    };
    for (const Case& c :
         {Case{"nomem/misc-i386-to-native", 3 * kPage}, Case{"nomem/misc-i386-to-native-big", 40 * kPage}}) {
        if (access(kFailNth, W_OK) != 0) {
            for (const char* row : {"", "-failures", "-afterwards"})
                tap.skip(std::string(c.name) + row, "no fault injection");
            continue;
        }
        const EveryAllocation every;
        const Restaged restaged(strings_of(c.bytes));
        fail_each(tap, c.name, restaged.exec, restaged.arrival);
    }
}

}  // namespace stackshift
