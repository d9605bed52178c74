// SPDX-License-Identifier: MIT
// Every way in which a prediction of the new program's stack can end. Strategy direct chooses the stack's
// place by the file's header before it knows the program, and counts how that ended in
// /sys/kernel/debug/exec_stack; what programs see must be the same on every kernel.
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <set>

#include "conform/support/arrival.h"
#include "conform/support/caller.h"
#include "conform/support/counters.h"
#include "conform/support/machine.h"
#include "conform/support/misc_entry.h"
#include "conform/support/shared.h"
#include "conform/support/stopped.h"
#include "conform/tests/parts.h"
#include "conform/tests/tests.h"

namespace stackshift {
namespace {

constexpr int kDraws = 8;
/// Draws of 11 bits (i386) may be equal now and then.
constexpr size_t kDifferent = kDraws - 3;
constexpr const char* kNoCounters = "only strategy direct counts how predictions end";

Counters counters() {
    return read_counters("/sys/kernel/debug/exec_stack");
}

/// That `counter` has moved once for each draw, and no other.
void check_counter(Tap& tap, const std::string& name, const Counters& before, const std::string& counter) {
    const Counters after = counters();
    if (before.empty() || after.empty()) return tap.skip(name, kNoCounters);
    std::string text;
    for (const auto& [moving, change] : moved(before, after))
        text += (text.empty() ? "" : " ") + moving + "+" + std::to_string(change);
    tap.expect(name, text, counter + "+" + std::to_string(kDraws));
}

/// "randomised", or how many places there were.
std::string spread(const std::set<std::uint64_t>& ends) {
    return ends.size() >= kDifferent ? "randomised" : std::to_string(ends.size()) + " different ends";
}

struct Program {
    std::uint64_t bits;
    std::uint64_t top;  ///< the stack ends here where it is not randomised, and never above
};
constexpr Program kNative = {64, kNativeTop};
constexpr Program kI386 = {32, kCompatTop};
constexpr Program kI386Below3Gb = {32, kCompat3GbTop};

struct Case {
    std::string name;
    std::string file;
    Strings first;  ///< what scripts and entries put in place of argv[0]; empty: nothing
    Program program;
    bool random;          ///< whether the stack's place must be randomised
    std::string counter;  ///< the one that must move, by one per exec
    std::function<void()> prepare = {};
    std::uint64_t secure = 0;
};

/// Execs with `rest` after argv[0], each of which must arrive, with the stack where it may be.
void walk(Tap& tap, const Case& c, const Strings& rest) {
    const Strings env = {"PATH=/bin", "LONG=" + std::string(5000, 'e')};
    Exec exec = {.file = c.file, .argv = {"zero"}, .env = env, .prepare = c.prepare};
    exec.argv.insert(exec.argv.end(), rest.begin(), rest.end());
    Arrival arrival = {.argv = c.first.empty() ? Strings{"zero"} : c.first,
                       .bits = c.program.bits,
                       .env = env,
                       .execfn = c.file,
                       .secure = c.secure};
    arrival.argv.insert(arrival.argv.end(), rest.begin(), rest.end());
    const auto before = counters();
    std::set<std::uint64_t> ends;
    std::string wrong = "ok";
    for (int i = 0; i < kDraws && wrong == "ok"; ++i) {
        const Seen seen = run(exec);
        wrong = arrived(seen, arrival);
        if (wrong == "ok" && seen.stack_end() > c.program.top) wrong = "the stack ends above its top";
        ends.insert(seen.stack_end());
    }
    const std::string name = "prediction/" + c.name;
    tap.expect(name + "-intact", wrong, "ok");
    std::string place = wrong;
    if (wrong == "ok" && c.random) place = spread(ends);
    if (wrong == "ok" && !c.random)
        place = ends == std::set<std::uint64_t>{c.program.top} ? "at the top" : hex(*ends.begin());
    tap.expect(name + (c.random ? "-randomised" : "-fixed"), place, c.random ? "randomised" : "at the top");
    check_counter(tap, name + "-counter", before, c.counter);
}

Strings small_strings() {
    return {"one", "two", ""};
}

/// More than strategy array's 32 pages.
Strings big_strings() {
    return strings_of(300'000);
}

void walk_both(Tap& tap, const Case& c) {
    walk(tap, c, small_strings());
    Case big = c;
    big.name += "-big";
    walk(tap, big, big_strings());
}

void walk_programs(Tap& tap) {
    const Case cases[] = {
        {"native", kProbe64, {}, kNative, true, "hit"},
        {"i386", kProbe32, {}, kI386, true, "hit"},
        {"native-noaslr", kProbe64, {}, kNative, false, "hit", no_randomize},
        {"i386-noaslr", kProbe32, {}, kI386, false, "hit", no_randomize},
        {"i386-3gb", kProbe32, {}, kI386Below3Gb, true, "hit", limit_3gb},
        {"i386-3gb-noaslr",
         kProbe32,
         {},
         kI386Below3Gb,
         false,
         "hit",
         [] { personality(ADDR_LIMIT_3GB | ADDR_NO_RANDOMIZE); }},
        {"native-3gb", kProbe64, {}, kNative, true, "hit", limit_3gb},
    };
    for (const Case& c : cases) walk_both(tap, c);
}

void walk_scripts(Tap& tap) {
    make_file("/s64", "#!/probe64 opt\n");
    make_file("/s32", "#!/probe32 opt\n");
    make_file("/ss32", "#!/s32\n");
    const Strings script32 = {kProbe32, "opt", "/s32"};
    const Case cases[] = {
        {"script-native", "/s64", {kProbe64, "opt", "/s64"}, kNative, true, "hit"},
        {"script-i386", "/s32", script32, kI386, true, "abi"},
        {"script-i386-noaslr", "/s32", script32, kI386, false, "abi", no_randomize},
        {"script-i386-3gb", "/s32", script32, kI386Below3Gb, true, "abi", limit_3gb},
        {"script-script-i386", "/ss32", {kProbe32, "opt", "/s32", "/ss32"}, kI386, true, "abi"},
    };
    for (const Case& c : cases) walk_both(tap, c);
    for (const char* path : {"/s64", "/s32", "/ss32"}) unlink(path);
}

/// Formats that lead from one ABI to the other. "Up" is from i386 to native.
void walk_formats(Tap& tap) {
    {
        const MiscEntry entry(kMiscI386ToNative);
        tap.check("prediction/misc-i386-registered", entry.exists());
        const Strings first = {kProbe64, kProbe32};
        walk_both(tap, {"misc-i386-to-native", kProbe32, first, kNative, true, "up"});
        walk_both(tap, {"misc-i386-to-native-noaslr", kProbe32, first, kNative, false, "up", no_randomize});
        walk_both(tap, {"misc-i386-to-native-3gb", kProbe32, first, kNative, true, "up", limit_3gb});
    }
    copy_program(kProbe64, "/native.to32", 0755);
    {
        const MiscEntry entry(":to32:E::to32::/probe32:");
        const Strings first = {kProbe32, "/native.to32"};
        walk_both(tap, {"misc-native-to-i386", "/native.to32", first, kI386, true, "abi"});
        walk_both(tap,
                  {"misc-native-to-i386-noaslr", "/native.to32", first, kI386, false, "abi", no_randomize});
    }
    unlink("/native.to32");
    // Up, by a script, and down again.
    make_file("/up", "#!/down opt\n");
    copy_program(kProbe32, "/i386.up", 0755);
    make_file("/down", "#!/probe32 down\n");
    {
        const MiscEntry entry(":up:E::up::/up:");
        walk_both(tap, {"misc-i386-to-script-to-i386",
                        "/i386.up",
                        {kProbe32, "down", "/down", "opt", "/up", "/i386.up"},
                        kI386,
                        true,
                        "hit"});
    }
    for (const char* path : {"/up", "/down", "/i386.up"}) unlink(path);
}

/// As a set-user-ID program is, or one that has changed its user.
void hide() {
    if (prctl(PR_SET_DUMPABLE, 0) != 0) _exit(1);
}

/// The personality is cleared only when the exec can no longer fail: a stack at a fixed place must be moved.
/// And where a program has more privileges than its caller, or may not be read by it, the caller must not
/// know where its strings are: a stack that was staged at the right place must be moved as well.
void walk_setuid(Tap& tap) {
    copy_program(kProbe64, "/setuid64", 04755);
    copy_program(kProbe32, "/setuid32", 04755);
    copy_program(kProbe64, "/unreadable64", 0111);
    const auto user = unprivileged_no_randomize;
    const auto random_user = become_unprivileged;
    const Case cases[] = {
        {"setuid-random-native", "/setuid64", {}, kNative, true, "secret", random_user, 1},
        {"setuid-random-i386", "/setuid32", {}, kI386, true, "secret", random_user, 1},
        {"unreadable-native", "/unreadable64", {}, kNative, true, "secret", random_user},
        // A caller that others of its user may not look into: somebody may slow it down, and watch.
        {"privileged-caller-native", kProbe64, {}, kNative, true, "none", hide},
        {"privileged-caller-i386", kProbe32, {}, kI386, true, "none", hide},
        {"setuid-native", "/setuid64", {}, kNative, true, "random", user, 1},
        {"setuid-i386", "/setuid32", {}, kI386, true, "random", user, 1},
        {"unprivileged-native-noaslr", kProbe64, {}, kNative, false, "hit", user},
        {"unprivileged-i386-noaslr", kProbe32, {}, kI386, false, "hit", user},
    };
    for (const Case& c : cases) walk_both(tap, c);
    // So large that old and new place overlap more often than not: i386 stacks are drawn from 8 MiB.
    walk(tap, {"setuid-random-i386-overlapping-big", "/setuid32", {}, kI386, true, "secret", random_user, 1},
         strings_of(5 << 20));
    for (const char* path : {"/setuid64", "/setuid32", "/unreadable64"}) unlink(path);
}

constexpr const char* kSysctl = "/proc/sys/kernel/randomize_va_space";

/// The sysctl changes while the exec stands still at the first string of argv that is copied, the last one:
/// by then the stack's place is chosen, and the environment is copied.
void flip(Tap& tap, const std::string& name, const char* file, const std::string& from, const std::string& to,
          const std::string& counter) {
    const Exec exec = {.file = file, .argv = {"zero", "one", std::string(3000, 'l')}, .env = {"E=1"}};
    const Arrival arrival = {
        .argv = exec.argv, .bits = file == std::string(kProbe64) ? 64U : 32U, .env = exec.env};
    std::set<std::uint64_t> ends;
    const auto before = counters();
    std::string wrong = "ok";
    for (int i = 0; i < kDraws && wrong == "ok"; ++i) {
        write_text(kSysctl, from);
        StoppedExec stopped(exec, exec.argv.size() - 1);
        write_text(kSysctl, to);
        const Seen seen = stopped.go_on();
        wrong = stopped.stopped() ? arrived(seen, arrival) : "the exec did not stop";
        ends.insert(seen.stack_end());
    }
    write_text(kSysctl, "2");
    tap.expect(name + "-intact", wrong, "ok");
    // mmap_base() leaves no room for a random stack where it is switched off when the program is loaded.
    if (to == "0") {
        const std::uint64_t top = file == std::string(kProbe64) ? kNativeTop : kCompatTop;
        tap.expect(name + "-fixed",
                   wrong != "ok"                          ? wrong
                   : ends == std::set<std::uint64_t>{top} ? "at the top"
                                                          : hex(*ends.begin()),
                   "at the top");
    } else {
        tap.expect(name + "-randomised", wrong == "ok" ? spread(ends) : wrong, "randomised");
    }
    check_counter(tap, name + "-counter", before, counter);
}

void walk_sysctl(Tap& tap) {
    write_text(kSysctl, "0");
    walk(tap, {"sysctl-off-native", kProbe64, {}, kNative, false, "hit"}, {"a"});
    walk(tap, {"sysctl-off-i386", kProbe32, {}, kI386, false, "hit"}, {"a"});
    write_text(kSysctl, "1");
    walk(tap, {"sysctl-1-native", kProbe64, {}, kNative, true, "hit"}, {"a"});
    write_text(kSysctl, "2");
    flip(tap, "prediction/sysctl-on-meanwhile-native", kProbe64, "0", "2", "random");
    flip(tap, "prediction/sysctl-on-meanwhile-i386", kProbe32, "0", "2", "random");
    flip(tap, "prediction/sysctl-off-meanwhile-native", kProbe64, "2", "0", "random");
    flip(tap, "prediction/sysctl-off-meanwhile-i386", kProbe32, "2", "0", "random");
}

/// A pipe whose descriptors stand above those of the probe.
class HighPipe {
  public:
    HighPipe() {
        int ends[2];
        if (pipe(ends) != 0) return;
        for (int i = 0; i < 2; ++i) ends_[i] = above_the_probes(ends[i]);
    }
    ~HighPipe() {
        close(ends_[0]);
        close_write();
    }
    HighPipe(const HighPipe&) = delete;
    HighPipe& operator=(const HighPipe&) = delete;
    int read_end() const { return ends_[0]; }
    int write_end() const { return ends_[1]; }
    /// Lets the reader see the end when the writer is gone.
    void close_write() {
        if (ends_[1] >= 0) close(ends_[1]);
        ends_[1] = -1;
    }

  private:
    int ends_[2] = {-1, -1};
};

/// What perf's ring shows of an exec.
struct Told {
    bool exec = false;         ///< there is a record of it
    bool before_exec = false;  ///< an earlier mapping covers the new program's stack
    bool in_program = false;   ///< a later one does
};

Told read_ring(const char* ring, std::uint64_t end) {
    const auto* page = reinterpret_cast<const perf_event_mmap_page*>(ring);
    Told told;
    for (std::uint64_t at = 0; at < page->data_head;) {
        const char* here = ring + kPage + at;
        perf_event_header record = {};
        std::memcpy(&record, here, sizeof record);
        if (record.size == 0) break;
        if (record.type == PERF_RECORD_COMM && (record.misc & PERF_RECORD_MISC_COMM_EXEC) != 0)
            told.exec = true;
        if (record.type == PERF_RECORD_MMAP) {
            // header; pid, tid; addr, len, pgoff; file name
            std::uint64_t range[2];
            std::memcpy(range, here + sizeof record + 8, sizeof range);
            if (range[0] < end && end <= range[0] + range[1])
                (told.exec ? told.in_program : told.before_exec) = true;
        }
        at += record.size;
    }
    return told;
}

/// Before the task's credentials change, no mmap record of it may contain the address where the new program's
/// stack will be.
void test_perf(Tap& tap, const std::string& name, const char* file) {
    struct Result {
        ProbeHeader header;
        bool whole;
    };
    const Shared<Result> result;
    HighPipe pids;
    HighPipe go;
    const pid_t runner = fork();
    if (runner == 0) {
        Exec exec = {.file = file, .argv = strings_of(100'000)};
        exec.prepare = [&] {
            const pid_t self = getpid();
            char byte = 0;
            if (write(pids.write_end(), &self, sizeof self) != sizeof self ||
                read(go.read_end(), &byte, 1) != 1)
                _exit(1);
        };
        go.close_write();
        const Seen seen = run(exec);
        result->header = seen.header;
        result->whole = seen.whole;
        _exit(0);
    }
    pids.close_write();
    pid_t execer = -1;
    if (read(pids.read_end(), &execer, sizeof execer) != sizeof execer) tap.comment("no pid");
    perf_event_attr attr = {};
    attr.size = sizeof attr;
    attr.type = PERF_TYPE_SOFTWARE;
    attr.config = PERF_COUNT_SW_DUMMY;
    attr.mmap = 1;
    attr.mmap_data = 1;
    attr.comm = 1;
    attr.comm_exec = 1;
    const int event =
        static_cast<int>(syscall(SYS_perf_event_open, &attr, execer, -1, -1, PERF_FLAG_FD_CLOEXEC));
    constexpr size_t kRing = 17 * kPage;
    void* ring = mmap(nullptr, kRing, PROT_READ | PROT_WRITE, MAP_SHARED, event, 0);
    if (write(go.write_end(), "g", 1) != 1) tap.comment("the exec is not let go");
    waitpid(runner, nullptr, 0);
    Told told;
    if (ring != MAP_FAILED && result->whole) {
        const std::uint64_t end = (result->header.stack_end + kPage - 1) / kPage * kPage;
        told = read_ring(static_cast<const char*>(ring), end);
        munmap(ring, kRing);
    }
    tap.check(name + "-exec-seen", told.exec, told.exec ? "" : "no record of the exec");
    const bool quiet = told.exec && !told.before_exec;
    tap.check(name + "-address-not-told-early", quiet, quiet ? "" : "a mapping before the exec is there");
    tap.check(name + "-address-told-afterwards", told.in_program,
              told.in_program ? "" : "no mapping of the new program is there");
    close(event);
}

}  // namespace

void test_prediction(Tap& tap) {
    walk_programs(tap);
    walk_scripts(tap);
    walk_formats(tap);
    walk_setuid(tap);
    walk_sysctl(tap);
    test_perf(tap, "prediction/perf-native", kProbe64);
    test_perf(tap, "prediction/perf-i386", kProbe32);
    test_program_files(tap);
    test_secrets(tap);
}

}  // namespace stackshift
