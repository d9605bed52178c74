// SPDX-License-Identifier: MIT
// Execs that fail. Before the point of no return the caller gets mainline's errno and goes on as if nothing
// had happened; after it the process dies.
#include <fcntl.h>
#include <linux/fanotify.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdint>
#include <cstring>

#include "conform/support/bad_elf.h"
#include "conform/support/caller.h"
#include "conform/support/exec.h"
#include "conform/support/facility.h"
#include "conform/support/machine.h"
#include "conform/support/process_view.h"
#include "conform/support/raw_exec.h"
#include "conform/support/shared.h"
#include "conform/support/sizes.h"
#include "conform/support/stopped.h"
#include "conform/tests/tests.h"

namespace stackshift {
namespace {

/// Memory for all strings of a test.
constexpr std::size_t kRoom = 16 << 20;
// The caller, before and after

void handler(int) {}

/// What a caller has that a failed exec must leave alone.
class Belongings {
  public:
    Belongings() {
        struct sigaction action = {};
        action.sa_handler = handler;
        sigaction(SIGUSR1, &action, nullptr);
        for (volatile char& c : stack_) c = 'S';
        // Twice: the first reading allocates the memory that reading needs.
        for (int i = 0; i < 2; ++i) maps_ = read_text("/proc/self/maps");
        anon_ = anon_kib();
    }
    /// What has changed; "unharmed".
    std::string harm() const {
        if (read_text("/proc/self/maps") != maps_) return "mappings changed";
        for (const char c : stack_)
            if (c != 'S') return "stack changed";
        if (heap_ != std::string(5000, 'H')) return "heap changed";
        if (fcntl(file_, F_GETFD) != FD_CLOEXEC) return "descriptor closed";
        struct sigaction action = {};
        sigaction(SIGUSR1, nullptr, &action);
        if (action.sa_handler != handler) return "signal handler reset";
        return "unharmed";
    }
    /// How many more pages than before are counted as the caller's.
    long pages_more() const { return (anon_kib() - anon_) / 4; }

  private:
    static long anon_kib() { return status_kib(getpid(), "RssAnon"); }
    volatile char stack_[5000];
    std::string heap_ = std::string(5000, 'H');
    std::string maps_;
    long anon_ = 0;
    int file_ = open("/", O_RDONLY | O_CLOEXEC);
};

/// An exec that ought to fail.
struct Case {
    std::string name;
    std::string expected;
    /// The call, its strings in this memory.
    std::function<RawExec(LowMemory&)> call;
    std::function<void()> prepare = {};
    rlim_t stack_limit = kStackLimit;
};

/// A case's exec, and after it, if it failed, one that must not fail.
class Attempt {
  public:
    explicit Attempt(const Case& c) {
        exec.prepare = c.prepare;
        exec.stack_limit = c.stack_limit;
        exec.call = [this, call = c.call] {
            LowMemory memory(kRoom);
            const RawExec raw = call(memory);
            const Belongings mine;
            told_->error = execute(raw);
            told_->pages_more = mine.pages_more();
            std::strncpy(told_->harm, mine.harm().c_str(), sizeof told_->harm - 1);
            const rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
            setrlimit(RLIMIT_AS, &none);
            return execute(kProbe64, {"probe", "again"}, {}, false);
        };
    }
    /// How the case's exec ended.
    std::string ended(const Seen& seen) const {
        return told_->error != 0 ? error_name(told_->error) : seen.ended();
    }
    std::string caller(const Seen& seen) const {
        if (told_->error == 0) return "gone";
        if (std::string(told_->harm) != "unharmed") return told_->harm;
        if (!seen.whole || seen.argv != Strings{"probe", "again"}) return "cannot exec: " + seen.ended();
        return told_->harm;
    }
    long pages_more() const { return told_->pages_more; }
    Exec exec;

  private:
    struct Told {
        int error;
        long pages_more;
        char harm[64];
    };
    Shared<Told> told_;
};

void fail(Tap& tap, const Case& c) {
    const Attempt attempt(c);
    const Seen seen = run(attempt.exec);
    tap.expect("failures/" + c.name, attempt.ended(seen), c.expected);
    tap.expect("failures/" + c.name + "-caller", attempt.caller(seen), "unharmed");
}

const char* abi(bool compat) {
    return compat ? "-compat" : "-native";
}

std::function<RawExec(LowMemory&)> call_of(const std::string& file, bool compat,
                                           const Strings& argv = {"probe"}, const Strings& env = {"E=1"}) {
    return [=](LowMemory& memory) { return call_in(memory, file, argv, env, compat); };
}

// Files

void make_files() {
    mkdir("/tmp/noexec", 0755);
    mount("tmpfs", "/tmp/noexec", "tmpfs", MS_NOEXEC, nullptr);
    copy_program(kProbe64, "/tmp/noexec/probe", 0755);
    copy_program(kProbe64, "/tmp/owner-only", 0700);
    mkdir("/tmp/closed", 0700);
    copy_program(kProbe64, "/tmp/closed/probe", 0755);
    copy_program(kProbe64, "/tmp/busy", 0755);
    if (symlink("/tmp/loop", "/tmp/loop") != 0) return;
    make_file("/tmp/empty", "");
    make_file("/tmp/text", "echo no interpreter is named\n");
    make_file("/tmp/zeros", std::string(kPage, '\0'));
    make_file("/tmp/script-blank", "#!  \t \n");
    make_file("/tmp/script-cut", "#!/" + std::string(300, 'x'));
    make_file("/tmp/script-missing", "#!/nothing\n");
    make_file("/tmp/script-mode", "#!/tmp/plain\n");
    make_file("/tmp/script-directory", "#!/tmp\n");
    make_file("/tmp/script-bad", "#!/tmp/long\n");
    make_file("/tmp/script-itself", "#!/tmp/script-itself\n");
}

struct FileCase {
    const char* name;
    const char* expected;
    std::string file;
    void (*prepare)() = nullptr;
};

void fail_files(Tap& tap) {
    const int writer = open("/tmp/busy", O_WRONLY | O_CLOEXEC);
    const FileCase cases[] = {
        {"missing", "ENOENT", "/nothing"},
        {"empty-name", "ENOENT", ""},
        {"not-a-directory", "ENOTDIR", "/probe64/x"},
        {"name-too-long", "ENAMETOOLONG", "/" + std::string(300, 'n')},
        {"path-too-long", "ENAMETOOLONG", std::string(PATH_MAX, '/')},
        {"link-loop", "ELOOP", "/tmp/loop"},
        {"mode", "EACCES", "/tmp/plain"},
        {"mode-unprivileged", "EACCES", "/tmp/owner-only", become_unprivileged},
        {"directory-unprivileged", "EACCES", "/tmp/closed/probe", become_unprivileged},
        {"directory", "EACCES", "/tmp"},
        {"fifo", "EACCES", "/tmp/fifo"},
        {"noexec", "EACCES", "/tmp/noexec/probe"},
        {"busy", "ETXTBSY", "/tmp/busy"},
        {"empty", "ENOEXEC", "/tmp/empty"},
        {"text", "ENOEXEC", "/tmp/text"},
        {"zeros", "ENOEXEC", "/tmp/zeros"},
        {"script-blank", "ENOEXEC", "/tmp/script-blank"},
        {"script-cut", "ENOEXEC", "/tmp/script-cut"},
        {"script-missing", "ENOENT", "/tmp/script-missing"},
        {"script-mode", "EACCES", "/tmp/script-mode"},
        {"script-directory", "EACCES", "/tmp/script-directory"},
        {"script-bad", "ENOEXEC", "/tmp/script-bad"},
        {"script-itself", "ELOOP", "/tmp/script-itself"},
    };
    for (const FileCase& c : cases)
        for (const bool compat : {false, true})
            fail(tap, {c.name + std::string(abi(compat)), c.expected, call_of(c.file, compat),
                       c.prepare != nullptr ? c.prepare : [] {}});
    close(writer);
}

void fail_elf(Tap& tap) {
    for (const char* probe : {kProbe64, kProbe32}) {
        const std::string bits = probe == kProbe64 ? "-elf64" : "-elf32";
        const auto make = [&](const BadElf& bad) {
            ElfImage image(probe);
            bad.damage(image);
            const std::string path = "/tmp/" + std::string(bad.name) + bits;
            make_file(path, image.bytes);
            return path;
        };
        for (const BadElf& bad : kRefused)
            fail(tap, {"elf-" + std::string(bad.name) + bits, bad.expected,
                       call_of(make(bad), false, strings_of(kSmall))});
        for (const BadElf& bad : kTooLate) {
            Exec exec;
            exec.file = make(bad);
            exec.argv = strings_of(kSmall);
            tap.expect("failures/late-" + std::string(bad.name) + bits, run(exec).ended(), bad.expected);
        }
    }
}

// Sizes

void fail_sizes(Tap& tap) {
    for (const bool compat : {false, true}) {
        const auto named = [&](const char* name) { return name + std::string(abi(compat)); };
        fail(tap,
             {named("e2big-string"), "E2BIG", call_of(kProbe64, compat, {"p", std::string(131072, 'x')})});
        fail(tap,
             {named("e2big-rlimit-stack"), "E2BIG", call_of(kProbe64, compat, strings_of(31 * kPage)),
              // A kernel that lets too much onto a small stack finds out later or not at all, depending on
              // where the stack begins: that is to be the same at every boot.
              no_randomize,
              // 124 KiB of strings and their pointers are within the limit of 128 KiB, but not of 16 KiB.
              64 << 10});
        fail(tap, {named("e2big-size-arg-max"),
                   "E2BIG",
                   call_of(kProbe64, compat, strings_of(33 * kPage)),
                   {},
                   kArgMaxStack});
        fail(tap, {named("e2big-size-big"), "E2BIG", call_of(kProbe64, compat, strings_of(6 << 20))});
        fail(tap, {named("e2big-count"),
                   "E2BIG",
                   [compat](LowMemory& memory) {
                       // Each pointer counts 8 bytes: the pointers alone reach the strings' limit.
                       const std::vector<std::uint64_t> many((128 << 10) / 8, memory.string(""));
                       return RawExec{memory.string(kProbe64), memory.vector(many, compat), 0, compat};
                   },
                   {},
                   kArgMaxStack});
    }
    fail(tap, {"address-space-big", "E2BIG", [](LowMemory& memory) {
                   const RawExec exec = call_of(kProbe64, false, strings_of(kBig))(memory);
                   // The caller has more already, but the limit is for the new stack.
                   const rlimit limit = {kBig / 2, RLIM_INFINITY};
                   setrlimit(RLIMIT_AS, &limit);
                   return exec;
               }});
}

// Bad pointers

/// Two pages of which only the first can be read.
struct Brink {
    explicit Brink(int beyond) {
        void* memory =
            mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        start = reinterpret_cast<std::uint64_t>(memory);
        std::memset(memory, 'b', kPage);
        void* second = static_cast<char*>(memory) + kPage;
        if (beyond == kUnmapped) munmap(second, kPage);
        if (beyond == kProtected) mprotect(second, kPage, PROT_NONE);
        if (beyond == kPastFile) {
            // A page of a mapping that its file does not reach.
            const int file = open("/tmp/empty", O_RDONLY | O_CLOEXEC);
            mmap(second, kPage, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, 0);
            close(file);
        }
    }
    enum Beyond { kUnmapped, kProtected, kPastFile };
    std::uint64_t start;
    std::uint64_t edge() const { return start + kPage; }
};

using Pointers = std::vector<std::uint64_t>;

struct PointerCase {
    const char* name;
    /// Makes a good call bad.
    void (*spoil)(RawExec& exec, LowMemory& memory, const Brink& brink);
};

/// A vector of `staged` bytes of strings, and before them one pointer, whose string is copied last.
std::uint64_t with_first(LowMemory& memory, std::uint64_t first, bool compat, std::size_t staged) {
    Pointers pointers = {first};
    for (const std::string& text : strings_of(staged)) pointers.push_back(memory.string(text));
    return memory.vector(pointers, compat);
}

constexpr PointerCase kPointers[] = {
    {"file", [](RawExec& exec, LowMemory&, const Brink& brink) { exec.file = brink.edge(); }},
    {"file-null", [](RawExec& exec, LowMemory&, const Brink&) { exec.file = 0; }},
    {"file-runs-out", [](RawExec& exec, LowMemory&, const Brink& brink) { exec.file = brink.edge() - 9; }},
    {"argv", [](RawExec& exec, LowMemory&, const Brink& brink) { exec.argv = brink.edge(); }},
    {"env", [](RawExec& exec, LowMemory&, const Brink& brink) { exec.envp = brink.edge(); }},
    // Its pointers are 'bbbb'; the kernel counts all before it follows one.
    {"argv-runs-out", [](RawExec& exec, LowMemory&, const Brink& brink) { exec.argv = brink.edge() - 64; }},
    {"env-runs-out", [](RawExec& exec, LowMemory&, const Brink& brink) { exec.envp = brink.edge() - 64; }},
    {"string", [](RawExec& exec, LowMemory& memory,
                  const Brink& brink) { exec.argv = with_first(memory, brink.edge(), exec.compat, kSmall); }},
    {"string-big",
     [](RawExec& exec, LowMemory& memory, const Brink& brink) {
         exec.argv = with_first(memory, brink.edge(), exec.compat, kBig);
     }},
    {"string-runs-out",
     [](RawExec& exec, LowMemory& memory, const Brink& brink) {
         exec.argv = with_first(memory, brink.edge() - 1000, exec.compat, kSmall);
     }},
    {"env-string",
     [](RawExec& exec, LowMemory& memory, const Brink& brink) {
         exec.envp = with_first(memory, brink.edge(), exec.compat, kSmall);
     }},
    {"env-string-runs-out",
     [](RawExec& exec, LowMemory& memory, const Brink& brink) {
         exec.envp = with_first(memory, brink.edge() - 1, exec.compat, kSmall);
     }},
};

std::function<RawExec(LowMemory&)> spoiled(const PointerCase& c, bool compat, Brink::Beyond beyond) {
    return [&c, compat, beyond](LowMemory& memory) {
        const Brink brink(beyond);
        RawExec exec = call_of(kProbe64, compat)(memory);
        c.spoil(exec, memory, brink);
        return exec;
    };
}

void fail_pointers(Tap& tap) {
    struct Kind {
        const char* name;
        Brink::Beyond beyond;
    };
    constexpr Kind kKinds[] = {
        {"unmapped", Brink::kUnmapped}, {"protected", Brink::kProtected}, {"past-file", Brink::kPastFile}};
    for (const Kind& kind : kKinds)
        for (const PointerCase& c : kPointers)
            for (const bool compat : {false, true})
                fail(tap, {"efault-" + std::string(kind.name) + '-' + c.name + abi(compat), "EFAULT",
                           spoiled(c, compat, kind.beyond)});
    fail(tap, {"efault-kernel-string", "EFAULT", [](LowMemory& memory) {
                   RawExec exec = call_of(kProbe64, false)(memory);
                   exec.argv = with_first(memory, 0xffff888000000000, false, kSmall);
                   return exec;
               }});
}

/// Copied pages count as the caller's, for the OOM killer. After the failure they no longer do.
void count_pages(Tap& tap) {
    // Each CPU keeps up to 32 pages to itself.
    constexpr long kUncounted = 64;
    const Case cases[] = {
        {"e2big-rss-big", "E2BIG", call_of(kProbe64, false, strings_of(6 << 20))},
        {"efault-rss-big", "EFAULT",
         [](LowMemory& memory) {
             RawExec exec = call_of(kProbe64, false)(memory);
             exec.argv = with_first(memory, 8, false, 1000 * kPage);
             return exec;
         }},
    };
    for (const Case& c : cases) {
        const Attempt attempt(c);
        const Seen seen = run(attempt.exec);
        const long more = attempt.pages_more();
        tap.expect(
            "failures/" + c.name,
            attempt.ended(seen) + (std::abs(more) <= kUncounted ? " and no pages more" : " and pages more"),
            c.expected + " and no pages more");
    }
}

// Stopped in the middle

Exec exec_of(std::size_t bytes, bool compat = false) {
    Exec exec;
    exec.argv = strings_behind_first(bytes);
    exec.env = {"E=1"};
    exec.compat = compat;
    return exec;
}

/// How an exec ended that must have stood still before.
std::string ended_after_stop(const StoppedExec& stopped, const Seen& seen) {
    return stopped.stopped() ? seen.ended() : "not stopped: " + seen.ended();
}

void stop_and_go(Tap& tap) {
    for (const Size& size : kSizes)
        for (const bool compat : {false, true}) {
            const std::string suffix = size.suffix + std::string(abi(compat));
            const Exec exec = exec_of(size.bytes, compat);
            {
                StoppedExec stopped(exec);
                const Seen seen = stopped.go_on();
                tap.expect("failures/mid-copy-continued" + suffix,
                           stopped.stopped() ? intact(exec.argv, seen) : ended_after_stop(stopped, seen),
                           "ok");
            }
            for (const int signal : {SIGKILL, SIGTERM}) {
                StoppedExec stopped(exec);
                if (stopped.stopped()) kill(stopped.pid(), signal);
                const Seen seen = stopped.wait();
                tap.expect(
                    std::string("failures/mid-copy-") + (signal == SIGKILL ? "sigkill" : "sigterm") + suffix,
                    ended_after_stop(stopped, seen), signal_name(signal));
            }
        }
    // A signal with a handler does not kill. It waits until the exec is done, and its handler is gone then.
    Exec exec = exec_of(kSmall);
    exec.prepare = [] { signal(SIGWINCH, handler); };
    StoppedExec stopped(exec);
    if (stopped.stopped()) kill(stopped.pid(), SIGWINCH);
    const Seen seen = stopped.go_on();
    tap.expect("failures/mid-copy-signal", stopped.stopped() ? intact(exec.argv, seen) : "not stopped", "ok");
}

/// The group's limit falls while an exec stands in the middle of its strings.
void lower_limit(Tap& tap) {
    const MemoryGroup probe("exists");
    if (!probe.exists()) return tap.skip("failures/memory-limit", lack_of(Facility::memory_groups));
    for (const Size& size : kSizes) {
        MemoryGroup group("limit");
        Exec exec = exec_of(size.bytes);
        exec.prepare = [&] { group.join(); };
        StoppedExec stopped(exec);
        // Below what is staged already, of which nothing can be freed: there is no swap.
        if (stopped.stopped()) group.set_max(std::to_string(4 * kPage));
        const Seen seen = stopped.wait();
        tap.expect("failures/memory-limit-below" + std::string(size.suffix), ended_after_stop(stopped, seen),
                   "SIGKILL");
        tap.expect("failures/memory-limit-below-oom" + std::string(size.suffix),
                   std::to_string(group.event("oom_kill")), "1");
    }
    // 300 further pages are still to come.
    MemoryGroup group("limit");
    Exec exec = exec_of(kBig);
    const Strings more = strings_of(300 * kPage);
    exec.argv.insert(exec.argv.begin(), more.begin(), more.end());
    exec.prepare = [&] { group.join(); };
    StoppedExec stopped(exec, more.size());
    if (stopped.stopped()) group.set_max(std::to_string(group.current()));
    const Seen seen = stopped.go_on();
    tap.expect("failures/memory-limit-reached-big", ended_after_stop(stopped, seen), "SIGKILL");
    tap.expect("failures/memory-limit-reached-oom-big", std::to_string(group.event("oom_kill")), "1");
}

// Stopped behind the strings

struct GateCase {
    const char* name;
    std::string file;   // executed
    std::string gated;  // asked for
    std::uint64_t events;
};

void gate_execs(Tap& tap) {
    copy_program(kProbe64, "/tmp/gated", 0755);
    make_file("/tmp/gated-script", "#!/tmp/gated\n");
    const GateCase cases[] = {
        {"open-program", "/tmp/gated", "/tmp/gated", FAN_OPEN_EXEC_PERM},
        {"read-program", "/tmp/gated", "/tmp/gated", FAN_ACCESS_PERM},
        {"open-interpreter", "/tmp/gated-script", "/tmp/gated", FAN_OPEN_EXEC_PERM},
        {"read-interpreter", "/tmp/gated-script", "/tmp/gated", FAN_ACCESS_PERM},
    };
    for (const GateCase& c : cases)
        for (const Size& size : kSizes) {
            const std::string name = c.name + std::string(size.suffix);
            const Case attempted = {name, "EPERM", call_of(c.file, false, strings_of(size.bytes))};
            Gate gate(c.gated, c.events);
            {
                const Attempt attempt(attempted);
                BackgroundExec exec(attempt.exec);
                const bool stood = gate.wait(exec);
                if (stood) gate.answer(false);
                const Seen seen = exec.wait();
                tap.expect("failures/denied-" + name, (stood ? "" : "not asked: ") + attempt.ended(seen),
                           "EPERM");
                tap.expect("failures/denied-" + name + "-caller", attempt.caller(seen), "unharmed");
            }
            {
                const Attempt attempt(attempted);
                BackgroundExec exec(attempt.exec);
                const bool stood = gate.wait(exec);
                const Seen seen = exec.kill();
                if (stood) gate.answer(true);
                tap.expect("failures/killed-" + name, (stood ? "" : "not asked: ") + attempt.ended(seen),
                           "SIGKILL");
            }
        }
}

}  // namespace

void test_failures(Tap& tap) {
    make_bad_interpreters();
    make_files();
    fail_files(tap);
    fail_elf(tap);
    fail_sizes(tap);
    fail_pointers(tap);
    count_pages(tap);
    stop_and_go(tap);
    lower_limit(tap);
    gate_execs(tap);
    umount("/tmp/noexec");
}

}  // namespace stackshift
