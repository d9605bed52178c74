// SPDX-License-Identifier: MIT
// Execs on both CPUs while processes are killed, threads race, /proc is read, memory is compacted and merged.
// Every exec that succeeds must be intact, and nothing may be left in the end.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <thread>

#include "conform/support/arrival.h"
#include "conform/support/machine.h"
#include "conform/support/process_view.h"
#include "conform/support/shared.h"
#include "conform/tests/parts.h"
#include "conform/tests/tests.h"

// linux/prctl.h since 6.4
#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#endif

namespace stackshift {
namespace {

/// Strategy array takes as much, and does not take kBig.
constexpr size_t kSmall = 100'000;
constexpr size_t kBig = 600'000;

/// What an actor tells of itself.
struct Outcome {
    char wrong[120];         ///< the first that went wrong; empty: nothing
    std::atomic<long> done;  ///< execs made, or looks taken
    std::atomic<long> one;   ///< how many of these were of one kind,
    std::atomic<long> two;   ///< and of another: both kinds must occur, or the test has tested little
    bool finished;

    void note(const std::string& what) {
        if (wrong[0] == '\0') what.copy(wrong, sizeof wrong - 1);
    }
};

using Random = std::minstd_rand;

size_t draw(Random& random, size_t least, size_t most) {
    return std::uniform_int_distribution<size_t>(least, most)(random);
}

/// A program of either ABI by either system call, with strings of up to `most` bytes in argv or environment.
Exec random_exec(Random& random, size_t least, size_t most) {
    Exec exec = {.file = draw(random, 0, 1) == 0 ? kProbe64 : kProbe32, .compat = draw(random, 0, 3) == 0};
    Strings strings = strings_of(draw(random, least, most), draw(random, 100, 30'000));
    if (draw(random, 0, 1) == 0) {
        exec.env = std::move(strings);
    } else {
        exec.argv = std::move(strings);
    }
    return exec;
}

/// Many execs, one after the other, each verified.
void run_chain(Outcome& outcome, Random random, int execs, size_t least, size_t most) {
    for (int i = 0; i < execs; ++i) {
        const std::string end = round_trip(random_exec(random, least, most));
        if (end != "ok") return outcome.note(end);
        ++outcome.done;
    }
}

/// Kills this process by SIGKILL `delay` microseconds from now.
void kill_myself_in(useconds_t delay) {
    const int self = static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0));
    if (fork() == 0) {
        usleep(delay);
        syscall(SYS_pidfd_send_signal, self, SIGKILL, nullptr, 0);
        _exit(0);
    }
    close(self);
}

/// Execs that are killed before, during or after. `one`: killed with nothing reported, `two`: succeeded.
void run_kills(Outcome& outcome, Random random, int execs) {
    useconds_t longest = 2000;
    for (int i = 0; i < execs; ++i) {
        Exec exec = random_exec(random, 1000, kSmall);
        const auto delay = static_cast<useconds_t>(draw(random, 0, longest));
        exec.prepare = [=] { kill_myself_in(delay); };
        const Seen seen = run(exec);
        if (seen.whole) {
            const std::string wrong =
                difference(exec.argv, seen.argv, "argv") + difference(exec.env, seen.env, "env");
            if (!wrong.empty()) return outcome.note(wrong);
        } else if (seen.signal != SIGKILL) {
            return outcome.note(seen.ended());
        }
        ++outcome.done;
        ++(seen.whole ? outcome.two : outcome.one);
        // On a machine of any speed, half of them should be killed. The first that succeeds shows the speed.
        const useconds_t step = longest / (outcome.two == 0 ? 1 : 16);
        longest = seen.signal == SIGKILL ? longest + step + 10 : longest - longest / 16;
    }
}

/// Threads of one process exec at the same time: one wins, and its strings arrive. `one`: the first thread
/// won, `two`: another.
void run_races(Outcome& outcome, Random random, int races) {
    constexpr size_t kThreads = 4;
    for (int i = 0; i < races; ++i) {
        std::vector<Exec> execs;
        for (size_t t = 0; t < kThreads; ++t) {
            execs.push_back(random_exec(random, 500, 20'000));
            execs.back().argv.insert(execs.back().argv.begin(), std::to_string(t));
        }
        Exec exec = execs[0];
        exec.prepare = [&] {
            auto* waiting = new std::atomic<size_t>(kThreads);
            const auto meet = [waiting] {
                --*waiting;
                while (*waiting > 0) std::this_thread::yield();
            };
            for (size_t t = 1; t < kThreads; ++t) {
                std::thread([&execs, t, meet] {
                    meet();
                    const Exec& mine = execs[t];
                    execute(mine.file, mine.argv, mine.env, mine.compat);
                }).detach();
            }
            meet();
        };
        const Seen seen = run(exec);
        if (!seen.whole || seen.argv.empty()) return outcome.note(seen.ended());
        const size_t winner = static_cast<size_t>(std::atoi(seen.argv[0].c_str()));
        if (winner >= kThreads) return outcome.note("nobody's argv[0]");
        const Exec& won = execs[winner];
        const std::string wrong =
            difference(won.argv, seen.argv, "argv") + difference(won.env, seen.env, "env");
        if (!wrong.empty()) return outcome.note(wrong);
        if (seen.header.bits != (won.file == kProbe64 ? 64U : 32U)) return outcome.note("another's program");
        ++outcome.done;
        ++(winner == 0 ? outcome.one : outcome.two);
    }
}

// Readers of /proc

/// A file of /proc by one read(), as much as that returns.
std::string glance(pid_t pid, const char* file) {
    std::string text(64 << 10, '\0');
    const int fd = open(("/proc/" + std::to_string(pid) + "/" + file).c_str(), O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd < 0 ? 0 : read(fd, text.data(), text.size());
    if (fd >= 0) close(fd);
    text.resize(static_cast<size_t>(std::max<ssize_t>(n, 0)));
    return text;
}

/// Lines must be complete, ranges ascend, and there is at most one stack.
std::string wrong_in_maps(const std::string& text) {
    unsigned long last = 0;
    int stacks = 0;
    for (size_t at = 0; at < text.size();) {
        const size_t end = text.find('\n', at);
        if (end == std::string::npos) return "an incomplete line";
        const std::string line = text.substr(at, end - at);
        at = end + 1;
        unsigned long range[2] = {0, 0};
        if (std::sscanf(line.c_str(), "%lx-%lx ", &range[0], &range[1]) != 2 || range[0] >= range[1])
            return "no range";
        // The vsyscall page comes last, and is the highest.
        if (range[0] < last) return "ranges overlap";
        last = range[1];
        if (line.find("[stack]") != std::string::npos) ++stacks;
    }
    return stacks > 1 ? "two stacks" : "";
}

/// Nothing keeps an exec from filling the vector between mainline's count of its entries and the copy
/// (fs/proc/base.c, auxv_read()), so the end may be missing.
std::string wrong_in_auxv(const std::string& text) {
    if (text.size() % 16 != 0) return "half an entry";
    for (size_t at = 0; at < text.size(); at += 16) {
        std::uint64_t entry[2];
        std::memcpy(entry, text.data() + at, sizeof entry);
        // AT_PAGESZ, AT_NULL
        if (entry[0] == 6 && entry[1] != kPage) return "another page size";
        if (entry[0] == 0) return {};
    }
    return {};
}

std::string wrong_in_stat(const std::string& text, pid_t pid) {
    if (text.empty()) return {};
    for (const char* comm : {"init", "probe64"}) {
        const std::string start = std::to_string(pid) + " (" + comm + ") ";
        if (text.compare(0, start.size(), start) == 0) return {};
    }
    return "neither name";
}

/// The file is empty where the record of another process has taken the place.
std::string wrong_in_phases(const std::string& text) {
    if (text.empty()) return {};
    return text.rfind("strategy ", 0) == 0 && text.find("\nend ") != std::string::npos ? "" : "half a record";
}

enum File : size_t { kCmdline, kEnviron, kMaps, kAuxv, kStat, kPhases, kFiles };
constexpr const char* kFileNames[kFiles] = {"cmdline", "environ", "maps", "auxv", "stat", "exec_phases"};

/// What the readers and the process that they read share.
struct Watch {
    std::atomic<pid_t> pid;
    std::atomic<bool> over;
    char wrong[kFiles][80];
    std::atomic<long> looks[kFiles];
    std::atomic<long> old_seen;
    std::atomic<long> new_seen;
};

const Strings& watched_argv() {
    static const Strings argv = strings_of(30'000, 3000);
    return argv;
}
const Strings& watched_env() {
    static const Strings env = strings_of(9'000, 700);
    return env;
}

void run_watched(Outcome& outcome, Watch& watch, int execs) {
    for (int i = 0; i < execs; ++i) {
        Exec exec = {.argv = watched_argv(), .env = watched_env()};
        exec.prepare = [&] { watch.pid = getpid(); };
        // Every tenth program waits long enough to be looked at.
        if (i % 10 == 0) exec.look = [&](pid_t, const Seen&) { usleep(2000); };
        const std::string end = round_trip(exec);
        if (end != "ok") return outcome.note(end);
        ++outcome.done;
    }
}

void run_reader(Watch& watch) {
    const std::string old_files[] = {glance(getpid(), "cmdline"), glance(getpid(), "environ")};
    const std::string new_files[] = {joined(watched_argv()), joined(watched_env())};
    const auto note = [&](size_t file, const std::string& what) {
        if (!what.empty() && watch.wrong[file][0] == '\0')
            what.copy(watch.wrong[file], sizeof watch.wrong[0] - 1);
    };
    while (!watch.over) {
        const pid_t pid = watch.pid;
        for (size_t file = 0; file < kFiles; ++file) {
            const std::string text = glance(pid, kFileNames[file]);
            if (!text.empty()) ++watch.looks[file];
            if (file == kCmdline || file == kEnviron) {
                if (text == new_files[file]) {
                    ++watch.new_seen;
                } else if (text == old_files[file]) {
                    ++watch.old_seen;
                } else if (!text.empty()) {
                    note(file, std::to_string(text.size()) + " bytes, neither old nor new");
                }
            }
            if (file == kMaps) note(file, wrong_in_maps(text));
            if (file == kAuxv) note(file, wrong_in_auxv(text));
            if (file == kStat) note(file, wrong_in_stat(text, pid));
            if (file == kPhases) note(file, wrong_in_phases(text));
        }
    }
}

// All at once

/// Merging of equal pages, for all memory of processes that ask for it and of what they fork and exec.
class Merging {
  public:
    Merging() : before_(scans()) {
        on_ = write_text(kDirectory + "sleep_millisecs", "1") &&
              write_text(kDirectory + "pages_to_scan", "1000") && write_text(kDirectory + "run", "1");
    }
    ~Merging() {
        // 2: give every process its own pages again.
        write_text(kDirectory + "run", "2");
        write_text(kDirectory + "run", "0");
        write_text(kDirectory + "pages_to_scan", "100");
        write_text(kDirectory + "sleep_millisecs", "20");
    }
    Merging(const Merging&) = delete;
    Merging& operator=(const Merging&) = delete;
    bool on() const { return on_; }
    /// How often all memory has been scanned.
    long done() const { return scans() - before_; }

  private:
    inline static const std::string kDirectory = "/sys/kernel/mm/ksm/";
    static long scans() { return std::atol(read_text(kDirectory + "full_scans").c_str()); }
    long before_;
    bool on_;
};

/// Has the kernel move memory about until this process is killed.
[[noreturn]] void run_mover() {
    for (;;) {
        write_text("/proc/sys/vm/compact_memory", "1");
        write_text("/proc/sys/vm/drop_caches", "3");
        usleep(20'000);
    }
}

/// Waits until `actors` have finished, half a minute on an idle machine at most, then ends their groups.
void await(const std::vector<pid_t>& actors, bool debug) {
    std::vector<pid_t> left = actors;
    for (int waited = 0; waited < (debug ? 6000 : 1200) && !left.empty(); ++waited) {
        pid_t gone = 0;
        while ((gone = waitpid(-1, nullptr, WNOHANG)) > 0) std::erase(left, gone);
        usleep(100'000);
    }
    for (const pid_t actor : left) kill(-actor, SIGKILL);
}

struct Base {
    long page_tables = vmstat("nr_page_table_pages");
    long anon = vmstat("nr_anon_pages");
    long committed = meminfo_kib("Committed_AS");
};

/// These are counted per CPU in batches, and freed with a delay.
void check_left(Tap& tap, const Base& before) {
    constexpr long kBatches = 300;
    Base after;
    for (int tries = 0; tries < 50 && (after.page_tables > before.page_tables + kBatches ||
                                       after.anon > before.anon + kBatches ||
                                       after.committed > before.committed + 4 * kBatches);
         ++tries) {
        usleep(100'000);
        after = Base();
    }
    const auto check = [&](const char* name, long past, long most) {
        tap.check(std::string("storm/") + name, past <= most,
                  past <= most ? "nothing" : std::to_string(past) + " left");
    };
    check("left-page-tables", after.page_tables - before.page_tables, kBatches);
    check("left-anonymous-pages", after.anon - before.anon, kBatches);
    check("left-commitment-kib", after.committed - before.committed, 4 * kBatches);
}

void report(Tap& tap, const std::string& name, const Outcome& outcome, long least_kind = 0) {
    std::string seen = outcome.wrong[0] != '\0' ? outcome.wrong : "intact";
    if (seen == "intact" && !outcome.finished) seen = "not finished";
    if (seen == "intact" && std::min(outcome.one, outcome.two) < least_kind) seen = "one-sided";
    tap.expect(name, seen, "intact");
    tap.comment(name + ": " + std::to_string(outcome.done) + " (" + std::to_string(outcome.one) + ", " +
                std::to_string(outcome.two) + ")");
}

void report_watch(Tap& tap, const Watch& watch) {
    for (size_t file = 0; file < kFiles; ++file) {
        const std::string name = std::string("storm/read-") + kFileNames[file];
        if (file == kPhases && access("/proc/self/exec_phases", F_OK) != 0) {
            tap.skip(name, "only kernels with phase stamps have it");
            continue;
        }
        std::string seen = watch.wrong[file][0] != '\0' ? watch.wrong[file] : "sane";
        if (watch.looks[file] == 0) seen = "never seen";
        tap.expect(name, seen, "sane");
    }
    const bool both = watch.old_seen > 0 && watch.new_seen > 0;
    tap.check("storm/read-both-sides", both, both ? "" : "not seen before and after");
    tap.comment("storm/read: " + std::to_string(watch.old_seen) + " old, " + std::to_string(watch.new_seen) +
                " new");
}

}  // namespace

void test_storm(Tap& tap) {
    // While nothing else runs.
    test_visible(tap);
    test_remote_flushes(tap);
    const bool debug = is_debug_kernel();
    const auto scaled = [&](int count) { return debug ? count / 10 : count; };
    const Base before;
    auto merging = std::make_unique<Merging>();
    const Shared<Watch> watch;
    struct Actor {
        std::string name;
        std::function<void(Outcome&)> act;
        long least_kind = 0;
    };
    const long few = scaled(20);
    const Actor actors[] = {
        {"storm/chain-1", [&](Outcome& o) { run_chain(o, Random(1), scaled(500), 100, kSmall); }},
        {"storm/chain-2", [&](Outcome& o) { run_chain(o, Random(2), scaled(500), 100, kSmall); }},
        {"storm/chain-big", [&](Outcome& o) { run_chain(o, Random(3), scaled(40), 2 * kSmall, kBig); }},
        {"storm/kills", [&](Outcome& o) { run_kills(o, Random(4), scaled(600)); }, few},
        {"storm/thread-races", [&](Outcome& o) { run_races(o, Random(5), scaled(200)); }, 1},
        {"storm/read-meanwhile", [&](Outcome& o) { run_watched(o, *watch, scaled(300)); }},
    };
    constexpr size_t kActors = std::size(actors);
    const Shared<std::array<Outcome, kActors>> outcomes;
    const auto start = [](const std::function<void()>& act) {
        const pid_t child = fork();
        if (child == 0) {
            setpgid(0, 0);
            prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0);
            act();
            _exit(0);
        }
        setpgid(child, child);
        return child;
    };
    const pid_t others[] = {start([&] { run_reader(*watch); }), start([&] { run_reader(*watch); }),
                            start([] { run_mover(); })};
    std::vector<pid_t> pids;
    for (size_t i = 0; i < kActors; ++i) {
        pids.push_back(start([&, i] {
            actors[i].act((*outcomes)[i]);
            (*outcomes)[i].finished = true;
        }));
    }
    await(pids, debug);
    watch->over = true;
    for (const pid_t pid : others) kill(-pid, SIGKILL);
    while (waitpid(-1, nullptr, 0) > 0) {
    }
    for (size_t i = 0; i < kActors; ++i) report(tap, actors[i].name, (*outcomes)[i], actors[i].least_kind);
    report_watch(tap, *watch);
    const long scans = merging->done();
    tap.check("storm/merging", scans > 0, scans > 0 ? "" : merging->on() ? "no scan" : "no KSM");
    tap.comment("storm/merging: " + std::to_string(scans) + " scans");
    merging.reset();
    check_left(tap, before);
}

}  // namespace stackshift
