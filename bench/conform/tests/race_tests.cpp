// SPDX-License-Identifier: MIT
// A sibling on the other CPU writes to the strings or to the vector, or changes the memory's protection,
// while execve copies the strings. 6.12 promises little then. What it does keep is tested: nothing arrives
// but bytes that were there, no more strings than were counted, and an untouched file name, and there is
// either a program or an error. Another test is that the race took place.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <set>

#include "conform/support/exec.h"
#include "conform/support/machine.h"
#include "conform/support/on_cpu.h"
#include "conform/support/race_model.h"
#include "conform/tests/parts.h"
#include "conform/tests/tests.h"

namespace stackshift {
namespace {

/// Execs per case; up to kPatience times as many while nothing has happened yet: the emulated CPUs may share
/// a real one.
constexpr int kExecs = 100;
constexpr int kPatience = 20;
constexpr std::size_t kRoom = 512 * 1024;

/// A CPU for each side. If the scheduler chooses, they may share one and take turns, mostly when the sibling
/// has ended a round and nothing is changed.
constexpr int kExecCpu = 0;
constexpr int kSiblingCpu = 1;

/// Memory for strings, shared with forked processes too, filled from its start.
class Arena {
  public:
    Arena()
        : memory_(static_cast<char*>(
              mmap(nullptr, kRoom, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
    ~Arena() { munmap(memory_, kRoom); }
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    /// A copy of the string with its NUL.
    char* put(const std::string& text) {
        char* at = memory_ + used_;
        std::memcpy(at, text.c_str(), text.size() + 1);
        used_ += text.size() + 1;
        return at;
    }
    /// Leaves the rest of the page empty.
    void next_page() { used_ = (used_ + kPage - 1) / kPage * kPage; }
    char* start() { return memory_; }

  private:
    char* memory_;
    std::size_t used_ = 0;
};

/// A process that does something again and again. It shares all memory (CLONE_VM), or only what is
/// MAP_SHARED.
class Sibling {
  public:
    Sibling(std::function<void()> action, bool all_memory) : action_(std::move(action)) {
        stack_ = mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        pid_ = clone(loop, static_cast<char*>(stack_) + kStack, (all_memory ? CLONE_VM : 0) | SIGCHLD, this);
    }
    ~Sibling() {
        if (pid_ > 0) {
            kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
        munmap(stack_, kStack);
    }
    Sibling(const Sibling&) = delete;
    Sibling& operator=(const Sibling&) = delete;
    bool runs() const { return pid_ > 0; }

  private:
    static constexpr std::size_t kStack = 64 * 1024;
    static int loop(void* self) {
        const OnCpu cpu(kSiblingCpu);
        for (;;) static_cast<Sibling*>(self)->action_();
    }
    std::function<void()> action_;
    void* stack_ = nullptr;
    pid_t pid_ = -1;
};

/// Makes an execve of exactly these vectors in a vfork()ed child, which is several times cheaper than
/// run()'s.
class Runner {
  public:
    Runner() { report_ = above_the_probes(memfd_create("seen", MFD_CLOEXEC)); }
    ~Runner() { close(report_); }
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    Seen run(const char* file, char** argv, char** env) const {
        if (ftruncate(report_, 0) != 0) return {};
        lseek(report_, 0, SEEK_SET);
        volatile int error = 0;
        const pid_t child = vfork();
        if (child == 0) {
            const rlimit stack = {kStackLimit, kStackLimit};
            setrlimit(RLIMIT_STACK, &stack);
            dup2(report_, 3);
            close(4);
            close(5);
            // A child that blocks is killed, and seen by that; one that waits for a busy host is not.
            alarm(200);
            execve(file, argv, env);
            error = errno;
            _exit(1);
        }
        const int status = status_of(child);
        Seen seen = seen_in(report_);
        seen.error = error;
        if (WIFSIGNALED(status)) seen.signal = WTERMSIG(status);
        return seen;
    }

  private:
    int report_ = -1;
};

/// The outcomes of a case, each kind once.
using Kinds = std::set<std::string>;

std::string list(const Kinds& kinds) {
    std::string text;
    for (const std::string& kind : kinds) text += (text.empty() ? "" : " ") + kind;
    return text;
}

/// Executes at least kExecs times, and until all of `wanted` has been seen.
Kinds repeat(const Kinds& wanted, const std::function<std::string()>& once) {
    Kinds kinds;
    for (int i = 0; i < kExecs * kPatience; ++i) {
        kinds.insert(once());
        if (i + 1 >= kExecs && std::includes(kinds.begin(), kinds.end(), wanted.begin(), wanted.end())) break;
    }
    return kinds;
}

/// Tests that nothing but `allowed` was seen, and that all of `wanted` was.
void check_kinds(Tap& tap, const std::string& row, const Kinds& kinds, const Kinds& allowed,
                 const Kinds& wanted) {
    Kinds others;
    std::set_difference(kinds.begin(), kinds.end(), allowed.begin(), allowed.end(),
                        std::inserter(others, others.end()));
    tap.expect(row + "-rules", others.empty() ? "kept" : list(others), "kept");
    // On a kernel that refuses strings of this length, only shortened ones get through, or none.
    if (others.contains("E2BIG")) return tap.skip(row + "-happened", "a kernel that takes no such strings");
    tap.expect(row + "-happened",
               std::includes(kinds.begin(), kinds.end(), wanted.begin(), wanted.end()) ? "yes" : list(kinds),
               "yes");
}

struct Target {
    const char* name;
    const char* file;
};

constexpr Target kTargets[] = {{"native", kProbe64}, {"i386", kProbe32}};

// Bytes of strings

struct Flip {
    const char* name;
    std::size_t bytes;  // of each of three strings
    char other;         // that some bytes of them keep becoming
    bool all_memory;
};

constexpr Flip kFlips[] = {
    {"nul-shared-memory", 300, '\0', false},
    {"nul", 300, '\0', true},
    {"nul-pages", 6 * kPage, '\0', true},
    {"nul-big", 30 * kPage, '\0', true},
    {"letter", 300, '*', true},
    {"letter-pages", 6 * kPage, '*', true},
};

/// Two strings of argv and one of env, each with two places that change.
void check_flip(Tap& tap, const Flip& flip, const Target& target) {
    const std::string row = std::string("race/") + flip.name + '-' + target.name;
    const Strings texts = strings_of(3 * flip.bytes, flip.bytes);
    std::vector<Restless> argv = {{"probe", {}, flip.other}}, env = {{"FIRST=", {}, flip.other}};
    for (std::size_t i = 0; i < 2; ++i)
        argv.push_back({texts[i], {flip.bytes / 3, flip.bytes - 2}, flip.other});
    env.push_back({texts[2], {10, flip.bytes / 2}, flip.other});
    Arena arena;
    std::vector<char*> argv_at, env_at, places;
    const auto put = [&](const std::vector<Restless>& strings, std::vector<char*>& vector) {
        for (const Restless& restless : strings) {
            vector.push_back(arena.put(restless.text));
            for (const std::size_t place : restless.places) places.push_back(vector.back() + place);
        }
        vector.push_back(nullptr);
    };
    put(argv, argv_at);
    put(env, env_at);
    std::string letters;
    for (const char* place : places) letters += *place;
    const auto set_all = [&](bool other) {
        for (std::size_t i = 0; i < places.size(); ++i)
            *static_cast<volatile char*>(places[i]) = other ? flip.other : letters[i];
    };
    const Runner runner;
    const auto once = [&] {
        const Seen seen = runner.run(target.file, argv_at.data(), env_at.data());
        return seen.whole ? judge(argv, env, target.file, seen) : seen.ended();
    };
    // Where strings are big, six lost ends make one that is longer than the kernel allows (MAX_ARG_STRLEN).
    // It finds that when it makes the pointers, too late for an error.
    Kinds allowed = flip.other == '\0' ? Kinds{"intact", "cut", "torn"} : Kinds{"intact", "changed"};
    constexpr std::size_t kLongest = 32 * kPage;
    if (3 * flip.bytes > kLongest) allowed.insert("SIGSEGV");
    // Letters keep the borders. With a NUL, every string may lose its end to the next one; six lost ends are
    // fewer than the empty strings in the word at the top, so all pointers find something.
    Kinds wanted = {"changed"};
    // Between measuring and copying there is much time if pages have to be made. If not, one exec in hundreds
    // meets a change.
    if (flip.other == '\0') wanted = {flip.bytes > kPage ? "torn" : "cut"};
    {
        const Sibling sibling(
            [&] {
                set_all(true);
                set_all(false);
            },
            flip.all_memory);
        const Kinds kinds = repeat(wanted, once);
        check_kinds(tap, row, kinds, allowed, wanted);
    }
    set_all(false);
    tap.expect(row + "-afterwards", once(), "intact");
}

// Pointers of the vector

/// Writes each value for a while. An emulated CPU is only stopped between blocks of instructions: without the
/// loops it would never be stopped between the two values.
void alternate(char*& slot, char* first, char* second) {
    constexpr int kSteps = 20;
    for (char* value : {first, second})
        for (int step = 0; step < kSteps; ++step) static_cast<char* volatile&>(slot) = value;
}

/// A pointer that changes between two strings gives either of them, whole.
void check_pointer(Tap& tap, const Target& target) {
    Arena arena;
    const std::string texts[] = {strings_of(9000)[0], "short"};
    char* at[] = {arena.put(texts[0]), arena.put(texts[1])};
    char* argv[] = {arena.put("probe"), at[0], arena.put("last"), nullptr};
    char* env[] = {nullptr};
    const Runner runner;
    const auto once = [&]() -> std::string {
        const Seen seen = runner.run(target.file, argv, env);
        if (!seen.whole) return seen.ended();
        for (std::size_t i = 0; i < 2; ++i)
            if (seen.argv == Strings{"probe", texts[i], "last"}) return i == 0 ? "first" : "second";
        return "other strings";
    };
    const Sibling sibling([&] { alternate(argv[1], at[1], at[0]); }, true);
    const Kinds wanted = {"first", "second"};
    check_kinds(tap, std::string("race/pointer-") + target.name, repeat(wanted, once), wanted, wanted);
}

/// A pointer that changes between a string and NULL ends the vector when it is counted, and is an address
/// that cannot be read when the string is copied.
void check_null(Tap& tap, const Target& target) {
    Arena arena;
    char* text = arena.put("middle");
    char* argv[] = {arena.put("probe"), text, arena.put("last"), nullptr};
    char* env[] = {nullptr};
    const Runner runner;
    const auto once = [&]() -> std::string {
        const Seen seen = runner.run(target.file, argv, env);
        if (!seen.whole) return seen.ended();
        if (seen.argv == Strings{"probe", "middle", "last"}) return "all";
        return seen.argv == Strings{"probe"} ? "first" : "other strings";
    };
    const Sibling sibling([&] { alternate(argv[1], nullptr, text); }, true);
    const Kinds wanted = {"all", "first"};
    check_kinds(tap, std::string("race/null-pointer-") + target.name, repeat(wanted, once),
                {"all", "first", "EFAULT"}, wanted);
}

// The memory itself

/// How the exec of a program ended that is to find "probe" and `text`.
std::string all_or_nothing(const Seen& seen, const std::string& text) {
    if (!seen.whole) return seen.ended();
    return seen.argv == Strings{"probe", text} ? "intact" : "other strings";
}

/// Memory that cannot be read at times: the program gets all strings, or the caller EFAULT.
void check_protection(Tap& tap, const Target& target) {
    Arena arena;
    const Strings strings = strings_of(5 * kPage, 5 * kPage);
    char* text = arena.put(strings[0]);
    arena.next_page();
    char* argv[] = {arena.put("probe"), text, nullptr};
    char* env[] = {nullptr};
    const Runner runner;
    const auto once = [&] { return all_or_nothing(runner.run(target.file, argv, env), strings[0]); };
    const Sibling sibling(
        [&] {
            mprotect(arena.start() + 2 * kPage, kPage, PROT_NONE);
            mprotect(arena.start() + 2 * kPage, kPage, PROT_READ | PROT_WRITE);
        },
        true);
    const Kinds wanted = {"intact", "EFAULT"};
    check_kinds(tap, std::string("race/protection-") + target.name, repeat(wanted, once), wanted, wanted);
}

/// Pages that are dropped come back from the file behind them, always with the same bytes.
void check_reclaim(Tap& tap, const Target& target) {
    constexpr std::size_t kPages = 8;
    const Strings strings = strings_of(kPages * kPage, kPages * kPage);
    make_file("/tmp/race", strings[0] + std::string(1, '\0'));
    const int fd = open("/tmp/race", O_RDONLY | O_CLOEXEC);
    auto* text = static_cast<char*>(mmap(nullptr, kPages * kPage, PROT_READ, MAP_PRIVATE, fd, 0));
    close(fd);
    char name[] = "probe";
    char* argv[] = {name, text, nullptr};
    char* env[] = {nullptr};
    const Runner runner;
    const auto once = [&] { return all_or_nothing(runner.run(target.file, argv, env), strings[0]); };
    {
        const Sibling sibling([&] { madvise(text, kPages * kPage, MADV_DONTNEED); }, true);
        check_kinds(tap, std::string("race/dropped-pages-") + target.name, repeat({"intact"}, once),
                    {"intact"}, {"intact"});
    }
    munmap(text, kPages * kPage);
    unlink("/tmp/race");
}

}  // namespace

void test_race(Tap& tap) {
    test_torn_strings(tap);
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
        tap.skip("race", "one CPU");
        return;
    }
    const OnCpu cpu(kExecCpu);
    for (const Target& target : kTargets) {
        for (const Flip& flip : kFlips) check_flip(tap, flip, target);
        check_pointer(tap, target);
        check_null(tap, target);
        check_protection(tap, target);
        check_reclaim(tap, target);
    }
}

}  // namespace stackshift
