// SPDX-License-Identifier: MIT
// Arguments larger than the memory cgroup, and staged pages that are swapped out while the exec stands still.
#include <fcntl.h>
#include <linux/fanotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <sstream>
#include <thread>

#include "conform/support/exec.h"
#include "conform/support/machine.h"
#include "conform/support/misc_entry.h"
#include "conform/support/sizes.h"
#include "conform/support/stopped.h"
#include "conform/support/swap_area.h"
#include "conform/tests/tests.h"

namespace stackshift {
namespace {

constexpr std::size_t kHuge = 5 << 20;
constexpr std::size_t kLimit = 4 << 20;
constexpr const char* kGroup = "swap";

std::string group_file(const char* name) {
    return std::string("/cgroup/") + kGroup + '/' + name;
}

long swapped_pages() {
    const std::string text = read_text(group_file("memory.swap.current"));
    return text.empty() ? -1 : std::stol(text) / static_cast<long>(kPage);
}

/// Swaps out what can be swapped. It asks for more than there is, so the kernel answers EAGAIN. Counts are
/// read first: see Counted.
void reclaim(const MemoryGroup& group) {
    for (int i = 0; i < 3; ++i) {
        group.stat("anon");
        write_text(group_file("memory.reclaim"), "64M");
    }
}

Exec exec_in(const MemoryGroup& group, const char* file, std::size_t bytes) {
    Exec exec;
    exec.file = file;
    exec.argv = strings_behind_first(bytes);
    exec.env = {"E=1"};
    exec.prepare = [&group] { group.join(); };
    return exec;
}

/// Has the group's counts read all the time. Reclaim uses the counts as they were last added up: every two
/// seconds, unless they are read. An exec is over by then, and at times mainline's reclaim takes a group of
/// active pages for an empty one and kills.
class Counted {
  public:
    explicit Counted(const MemoryGroup& group)
        : thread_([this, &group] {
              run_at_once();
              for (; !over_; usleep(1000)) group.stat("anon");
          }) {}
    ~Counted() {
        over_ = true;
        thread_.join();
    }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

  private:
    std::atomic<bool> over_ = false;
    std::thread thread_;
};

Seen run_counted(const Exec& exec, const MemoryGroup& group) {
    const Counted counted(group);
    return run(exec);
}

/// 5 MiB of arguments: without a limit, so that nothing need be swapped, and with one that is 1 MiB too low.
void exceed_limit(Tap& tap) {
    for (const char* file : {kProbe64, kProbe32}) {
        const std::string bits = file == kProbe64 ? "-64" : "-32";
        {
            const MemoryGroup group(kGroup);
            const long before = vmstat("pswpout");
            tap.expect("swap/unlimited-succeeds" + bits, round_trip(exec_in(group, file, kHuge)), "ok");
            tap.expect("swap/unlimited-unswapped" + bits,
                       vmstat("pswpout") == before ? "not swapped" : "swapped", "not swapped");
        }
        const MemoryGroup group(kGroup);
        group.set_max(std::to_string(kLimit));
        const long before = vmstat("pswpout");
        const Exec exec = exec_in(group, file, kHuge);
        tap.expect("swap/limited-succeeds" + bits, intact(exec.argv, run_counted(exec, group)), "ok");
        // A caller that is about to be killed may have some pages of its own swapped out.
        constexpr long kMust = static_cast<long>((kHuge - kLimit) / kPage);
        tap.expect("swap/limited-swapped" + bits,
                   vmstat("pswpout") - before >= kMust / 2 ? "swapped" : "not swapped", "swapped");
        tap.expect("swap/limited-oom-kills" + bits, std::to_string(group.event("oom_kill")), "0");
    }
}

/// Pages of a process's own that are swapped out, but for those of its stack: some strategy stages there.
long own_swapped_pages(pid_t pid) {
    std::istringstream smaps(read_text("/proc/" + std::to_string(pid) + "/smaps"));
    long kib = 0;
    bool is_stack = false;
    for (std::string line; std::getline(smaps, line);) {
        // "7ffd0000-7ffd2000 rw-p ... [stack]" begins a mapping; "Swap:    8 kB" is of it.
        if (line.find('-') < line.find(' ')) is_stack = line.find("[stack]") != std::string::npos;
        if (!is_stack && line.rfind("Swap:", 0) == 0) kib += std::stol(line.substr(5));
    }
    return kib / 4;
}

/// "swapped" where more is swapped out than what the caller has itself, its strings too: the rest is staged.
std::string swapped_of(std::size_t bytes, pid_t caller) {
    const long strings = static_cast<long>(bytes / kPage);
    return swapped_pages() - own_swapped_pages(caller) > strings * 3 / 4 ? "swapped" : "not swapped";
}

/// Staged pages are swapped out while strings are copied.
void swap_mid_copy(Tap& tap, const Size& size) {
    const MemoryGroup group(kGroup);
    const Exec exec = exec_in(group, kProbe64, size.bytes);
    StoppedExec stopped(exec);
    std::string swapped = "not stopped";
    if (stopped.stopped()) {
        reclaim(group);
        swapped = swapped_of(size.bytes, stopped.pid());
    }
    const Seen seen = stopped.go_on();
    tap.expect("swap/mid-copy-swapped" + std::string(size.suffix), swapped, "swapped");
    tap.expect("swap/mid-copy-succeeds" + std::string(size.suffix), intact(exec.argv, seen), "ok");
}

/// They are swapped out after all strings have been copied: once before another interpreter rewrites the
/// arguments, once before these are put in place.
void swap_behind_strings(Tap& tap, const Size& size) {
    copy_program(kProbe64, "/tmp/last", 0755);
    make_file("/tmp/inner", "#!/tmp/last\n");
    make_file("/tmp/outer", "#!/tmp/inner\n");
    for (const char* gated : {"/tmp/inner", "/tmp/last"}) {
        const std::string name =
            "swap/before-" + std::string(gated == std::string("/tmp/inner") ? "rewriting" : "placing");
        const MemoryGroup group(kGroup);
        const Exec exec = exec_in(group, "/tmp/outer", size.bytes);
        Gate gate(gated, FAN_OPEN_EXEC_PERM);
        BackgroundExec background(exec);
        std::string swapped = "not asked";
        if (gate.wait(background)) {
            reclaim(group);
            swapped = swapped_of(size.bytes, background.pid());
            gate.answer(true);
        }
        Strings argv = {"/tmp/last", "/tmp/inner", "/tmp/outer"};
        argv.insert(argv.end(), exec.argv.begin() + 1, exec.argv.end());
        const Seen seen = background.wait();
        tap.expect(name + "-swapped" + size.suffix, swapped, "swapped");
        tap.expect(name + "-succeeds" + size.suffix, intact(argv, seen), "ok");
    }
}

/// Strings that are staged anew (an i386 program, for which binfmt_misc starts a native one) in a group that
/// has room for them once: the first copy is swapped out.
void stage_twice(Tap& tap) {
    constexpr std::size_t kBytes = 1 << 20;
    const MiscEntry entry(kMiscI386ToNative);
    const MemoryGroup group(kGroup);
    group.set_max(std::to_string(3 * kBytes / 2));
    Exec exec = exec_in(group, kProbe32, kBytes);
    exec.prepare = [&] {
        // Before it joins, so that the report is not charged to the group.
        if (fallocate(3, FALLOC_FL_KEEP_SIZE, 0, 2 * kBytes) != 0) _exit(1);
        group.join();
    };
    Strings argv = {kProbe64, kProbe32};
    argv.insert(argv.end(), exec.argv.begin() + 1, exec.argv.end());
    tap.expect("swap/misc-i386-to-native-succeeds", intact(argv, run_counted(exec, group)), "ok");
}

/// The swap is turned off while staged pages are in it.
void turn_off_mid_copy(Tap& tap, SwapArea& swap) {
    const MemoryGroup group(kGroup);
    group.set_max(std::to_string(kLimit));
    const Exec exec = exec_in(group, kProbe64, kHuge);
    const Counted counted(group);
    StoppedExec stopped(exec);
    std::string swapped = "not stopped: ";
    if (stopped.stopped()) {
        reclaim(group);
        const std::string out = swapped_of(kHuge, stopped.pid());
        group.set_max("max");
        swap.turn_off();
        swapped = out + (swapped_pages() == 0 ? ", back" : ", not back");
    }
    const Seen seen = stopped.go_on();
    if (!stopped.stopped()) swapped += seen.ended();
    tap.expect("swap/swapoff-mid-copy-swapped", swapped, "swapped, back");
    tap.expect("swap/swapoff-mid-copy-succeeds", intact(exec.argv, seen), "ok");
}

/// Execs of nearly the most that an exec may carry, which all stand still while they copy strings.
class Crowd {
  public:
    explicit Crowd(const MemoryGroup& group) {
        for (std::size_t i = 0; i < kExecs; ++i) execs_[i].emplace(exec_in(group, kProbe64, kMost));
    }
    bool stopped() const {
        return std::all_of(execs_.begin(), execs_.end(), [](const auto& exec) { return exec->stopped(); });
    }
    /// "4 of 4": how many then end with their strings intact.
    std::string go_on() {
        std::size_t intact_ones = 0;
        for (std::optional<StoppedExec>& exec : execs_) {
            const Seen seen = exec->stopped() ? exec->go_on() : exec->wait();
            if (intact(strings_behind_first(kMost), seen) == "ok") ++intact_ones;
        }
        return std::to_string(intact_ones) + " of " + std::to_string(kExecs);
    }

    static constexpr std::size_t kExecs = 4;
    static constexpr std::size_t kMost = (6 << 20) - (64 << 10);

  private:
    std::array<std::optional<StoppedExec>, kExecs> execs_;
};

/// What swappability is worth: the memory that several large execs keep when all else is swapped out, and
/// what becomes of them in a group that has room for neither half of their strings.
void crowd(Tap& tap) {
    {
        const MemoryGroup group(kGroup);
        Crowd execs(group);
        reclaim(group);
        const long mib = (group.current() / static_cast<long>(Crowd::kExecs) + (1 << 19)) >> 20;
        tap.expect("swap/crowd-pinned", execs.stopped() ? std::to_string(mib) + " MiB each" : "not stopped",
                   "0 MiB each");
        tap.expect("swap/crowd-succeeds", execs.go_on(), "4 of 4");
    }
    const MemoryGroup group(kGroup);
    group.set_max(std::to_string(Crowd::kExecs * Crowd::kMost / 2));
    const Counted counted(group);
    Crowd execs(group);
    tap.expect("swap/crowd-limited-succeeds", execs.go_on(), "4 of 4");
    tap.expect("swap/crowd-limited-oom-kills", std::to_string(group.event("oom_kill")), "0");
}

}  // namespace

void test_swap(Tap& tap) {
    SwapArea swap;
    const MemoryGroup probe("exists");
    if (!swap.on() || !probe.exists()) return tap.skip("swap/on", "no zram or no memory cgroups");
    tap.check("swap/on", swap.on());
    exceed_limit(tap);
    for (const Size& size : kSizes) {
        swap_mid_copy(tap, size);
        swap_behind_strings(tap, size);
    }
    stage_twice(tap);
    crowd(tap);
    turn_off_mid_copy(tap, swap);
}

}  // namespace stackshift
