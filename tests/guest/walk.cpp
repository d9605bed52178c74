// SPDX-License-Identifier: MIT
// An init that walks every way in which a prediction of the new program's stack can end, and reports a line a
// check on the second serial port: "ok NAME" or "not ok NAME: what was seen". The last line is "done".
//
// It runs on any kernel: where /sys/kernel/debug/exec_stack is missing (only strategy direct has it), the
// checks of the counters are left out, and all else must hold just the same.
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "probe.h"

namespace {

using Strings = std::vector<std::string>;

constexpr uint64_t kNativeTop = 0x7ffffffff000;
constexpr uint64_t kCompatTop = 0xffffe000;
constexpr uint64_t k3GbTop = 0xc0000000;
constexpr uint64_t kPage = 4096;
constexpr int kDraws = 16;

int report_fd = -1;

void say(const std::string& line) {
    const std::string text = line + "\n";
    if (write(report_fd, text.data(), text.size()) < 0) return;
}

void check(const std::string& name, bool ok, const std::string& seen = "") {
    say(ok ? "ok " + name : "not ok " + name + ": " + seen);
}

std::string hex(uint64_t value) {
    char text[32];
    snprintf(text, sizeof text, "%#lx", static_cast<unsigned long>(value));
    return text;
}

std::string read_text(const char* path) {
    std::string text;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return text;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(fd, buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<size_t>(n));
    close(fd);
    return text;
}

bool write_text(const char* path, const std::string& text, int flags = O_WRONLY, mode_t mode = 0644) {
    const int fd = open(path, flags | O_CLOEXEC, mode);
    if (fd < 0) return false;
    const bool ok = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    close(fd);
    return ok;
}

void make_script(const char* path, const std::string& text) {
    write_text(path, text, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    chmod(path, 0755);
}

void copy_program(const char* from, const char* to, mode_t mode) {
    write_text(to, read_text(from), O_WRONLY | O_CREAT | O_TRUNC, 0755);
    chmod(to, mode);
}

// --- How predictions ended
// ---------------------------------------------------------------------------------------

using Counters = std::map<std::string, long>;

std::optional<Counters> counters() {
    const std::string text = read_text("/sys/kernel/debug/exec_stack");
    if (text.empty()) return std::nullopt;
    Counters values;
    for (size_t at = 0; at < text.size();) {
        const size_t space = text.find(' ', at);
        const size_t end = text.find('\n', at);
        values[text.substr(at, space - at)] = std::stol(text.substr(space + 1, end - space - 1));
        at = end + 1;
    }
    return values;
}

std::string moved(const Counters& before, const Counters& after) {
    std::string text;
    for (const auto& [name, value] : after) {
        const long change = value - before.at(name);
        if (change != 0) text += (text.empty() ? "" : " ") + name + "+" + std::to_string(change);
    }
    return text;
}

// --- One exec of a probe
// -----------------------------------------------------------------------------------------

struct Seen {
    ProbeHeader header = {};
    Strings argv;
    Strings env;
    bool whole = false;
    std::string ended;  // how the process ended, where the probe did not report
    uint64_t stack_end() const { return (header.stack_end + kPage - 1) / kPage * kPage; }
};

Seen parse(const std::string& data) {
    Seen seen;
    if (data.size() < sizeof seen.header) return seen;
    std::memcpy(&seen.header, data.data(), sizeof seen.header);
    size_t at = sizeof seen.header;
    const auto take = [&](uint64_t count, Strings& strings) {
        while (count-- > 0 && at < data.size()) {
            strings.push_back(data.c_str() + at);
            at += strings.back().size() + 1;
        }
    };
    take(seen.header.argc, seen.argv);
    take(seen.header.envc, seen.env);
    seen.whole =
        at == data.size() && seen.argv.size() == seen.header.argc && seen.env.size() == seen.header.envc;
    return seen;
}

/// Runs `file` in a child that `prepare` has had its way with, and returns what the probe at the end of it
/// saw.
Seen run(const char* file, Strings argv, Strings env = {}, const std::function<void()>& prepare = {}) {
    const int fd = memfd_create("seen", 0);
    const pid_t child = fork();
    if (child == 0) {
        struct rlimit stack = {32 << 20, 32 << 20};
        setrlimit(RLIMIT_STACK, &stack);
        dup2(fd, 3);
        if (prepare) prepare();
        std::vector<char*> arguments;
        std::vector<char*> environment;
        for (std::string& text : argv) arguments.push_back(text.data());
        for (std::string& text : env) environment.push_back(text.data());
        arguments.push_back(nullptr);
        environment.push_back(nullptr);
        execve(file, arguments.data(), environment.data());
        _exit(errno);
    }
    int status = 0;
    waitpid(child, &status, 0);
    std::string data(static_cast<size_t>(lseek(fd, 0, SEEK_END)), '\0');
    if (pread(fd, data.data(), data.size(), 0) < 0) data.clear();
    close(fd);
    Seen seen = parse(data);
    if (WIFSIGNALED(status)) seen.ended = "signal " + std::to_string(WTERMSIG(status));
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0) seen.ended = std::strerror(WEXITSTATUS(status));
    return seen;
}

void no_randomize() {
    personality(ADDR_NO_RANDOMIZE);
}

void limit_3gb() {
    personality(ADDR_LIMIT_3GB);
}

void unprivileged_without_randomisation() {
    personality(ADDR_NO_RANDOMIZE);
    if (setgid(1000) != 0 || setuid(1000) != 0) _exit(99);
}

/// Arguments of about `bytes` in all, each string different.
Strings many(size_t bytes) {
    Strings strings;
    for (size_t i = 0; bytes > 0; ++i) {
        const size_t length = std::min<size_t>(bytes, 9000 + i);
        std::string text = std::to_string(i) + ':';
        while (text.size() < length) text += static_cast<char>('a' + (text.size() + i) % 26);
        strings.push_back(text);
        bytes -= length;
    }
    return strings;
}

// --- The walk
// ----------------------------------------------------------------------------------------------------

struct Case {
    std::string name;
    const char* file;
    Strings argv;      // as given to execve
    Strings expected;  // as the program must find them
    uint64_t bits;
    uint64_t top;         // the stack ends here where it is not randomised, and never above
    bool random;          // it must be
    std::string counter;  // that must have moved, by one an exec
    std::function<void()> prepare;
    uint64_t secure = 0;
};

void walk(const Case& c) {
    const Strings env = {"PATH=/bin", "LONG=" + std::string(5000, 'e')};
    const auto before = counters();
    std::set<uint64_t> ends;
    std::string wrong;
    for (int i = 0; i < kDraws; ++i) {
        const Seen seen = run(c.file, c.argv, env, c.prepare);
        if (!seen.whole) {
            wrong = seen.ended.empty() ? "the program did not report" : "the exec ended with " + seen.ended;
        } else if (seen.argv != c.expected) {
            wrong = "argv is not what it should be";
        } else if (seen.env != env) {
            wrong = "the environment is not what was sent";
        } else if (seen.header.bits != c.bits) {
            wrong = "the program has " + std::to_string(seen.header.bits) + " bits";
        } else if (seen.header.secure != c.secure) {
            wrong = "AT_SECURE is " + std::to_string(seen.header.secure);
        } else if (seen.stack_end() > c.top) {
            wrong = "the stack ends at " + hex(seen.stack_end()) + ", above " + hex(c.top);
        }
        if (!wrong.empty()) break;
        ends.insert(seen.stack_end());
    }
    const auto after = counters();
    check(c.name + "/intact", wrong.empty(), wrong);
    if (!wrong.empty()) return;
    if (c.random) {
        // 11 random bits and 16 draws: two or three may be equal.
        check(c.name + "/randomised", ends.size() >= kDraws - 3,
              std::to_string(ends.size()) + " different ends");
    } else {
        check(c.name + "/fixed", ends == std::set<uint64_t>{c.top}, hex(*ends.begin()));
    }
    if (before && after) {
        const std::string expected = c.counter + "+" + std::to_string(kDraws);
        const std::string seen = moved(*before, *after);
        check(c.name + "/counter", seen == expected, seen + " instead of " + expected);
    }
}

bool register_binfmt(const std::string& line) {
    return write_text("/proc/sys/fs/binfmt_misc/register", line);
}

void forget_binfmts() {
    write_text("/proc/sys/fs/binfmt_misc/status", "-1");
}

/// Whether this kernel takes the `big` arguments at all; strategy array has room for 32 pages.
bool takes_big() {
    return run("/probe64", many(300'000)).whole;
}

void walk_all() {
    const Strings small = {"one", "two", ""};
    const auto with = [](Strings first, const Strings& more) {
        first.insert(first.end(), more.begin(), more.end());
        return first;
    };
    const Strings big = many(takes_big() ? 300'000 : 100'000);
    walk({"native", "/probe64", with({"p"}, small), with({"p"}, small), 64, kNativeTop, true, "hit", {}});
    walk({"i386", "/probe32", with({"p"}, small), with({"p"}, small), 32, kCompatTop, true, "hit", {}});
    walk({"native-big", "/probe64", big, big, 64, kNativeTop, true, "hit", {}});
    walk({"i386-big", "/probe32", big, big, 32, kCompatTop, true, "hit", {}});
    walk({"native-noaslr", "/probe64", small, small, 64, kNativeTop, false, "hit", no_randomize});
    walk({"i386-noaslr", "/probe32", small, small, 32, kCompatTop, false, "hit", no_randomize});
    walk({"i386-3gb", "/probe32", small, small, 32, k3GbTop, true, "hit", limit_3gb});

    make_script("/s64", "#!/probe64 opt\n");
    make_script("/s32", "#!/probe32 opt\n");
    make_script("/ss32", "#!/s32\n");
    const Strings script64 = {"/probe64", "opt", "/s64"};
    walk({"script-native", "/s64", with({"x"}, big), with(script64, big), 64, kNativeTop, true, "hit", {}});
    const Strings script32 = {"/probe32", "opt", "/s32"};
    walk({"script-i386", "/s32", with({"x"}, big), with(script32, big), 32, kCompatTop, true, "abi", {}});
    walk({"script-i386-noaslr", "/s32", with({"x"}, small), with(script32, small), 32, kCompatTop, false,
          "abi", no_randomize});
    const Strings nested = {"/probe32", "opt", "/s32", "/ss32"};
    walk({"script-script-i386",
          "/ss32",
          with({"x"}, small),
          with(nested, small),
          32,
          kCompatTop,
          true,
          "abi",
          {}});

    mount("binfmt_misc", "/proc/sys/fs/binfmt_misc", "binfmt_misc", 0, nullptr);
    // ELF, 32 bits, little endian, EM_386 at 18: run by a native interpreter.
    const bool registered = register_binfmt(
        ":walk:M::\\x7fELF\\x01\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\x03\\x00::/"
        "probe64:");
    check("binfmt-registered", registered, std::strerror(errno));
    const Strings misc = {"/probe64", "/probe32"};
    walk({"misc-i386-to-native",
          "/probe32",
          with({"x"}, small),
          with(misc, small),
          64,
          kNativeTop,
          true,
          "restaged",
          {}});
    walk({"misc-i386-to-native-big",
          "/probe32",
          with({"x"}, big),
          with(misc, big),
          64,
          kNativeTop,
          true,
          "restaged",
          {}});
    walk({"misc-i386-to-native-noaslr", "/probe32", with({"x"}, big), with(misc, big), 64, kNativeTop, false,
          "restaged", no_randomize});
    forget_binfmts();
    register_binfmt(":walk:E::to32::/probe32:");
    copy_program("/probe64", "/native.to32", 0755);
    const Strings to32 = {"/probe32", "/native.to32"};
    walk({"misc-native-to-i386",
          "/native.to32",
          with({"x"}, big),
          with(to32, big),
          32,
          kCompatTop,
          true,
          "abi",
          {}});
    forget_binfmts();

    // The personality is cleared only when the exec can no longer fail: a stack at a fixed place must be
    // moved.
    copy_program("/probe64", "/setuid64", 04755);
    copy_program("/probe32", "/setuid32", 04755);
    walk({"setuid-native", "/setuid64", small, small, 64, kNativeTop, true, "random",
          unprivileged_without_randomisation, 1});
    walk({"setuid-i386", "/setuid32", small, small, 32, kCompatTop, true, "random",
          unprivileged_without_randomisation, 1});
    walk({"setuid-i386-big", "/setuid32", big, big, 32, kCompatTop, true, "random",
          unprivileged_without_randomisation, 1});
    walk({"unprivileged-noaslr", "/probe32", small, small, 32, kCompatTop, false, "hit",
          unprivileged_without_randomisation});
}

// --- The sysctl
// --------------------------------------------------------------------------------------------------

constexpr const char* kSysctl = "/proc/sys/kernel/randomize_va_space";

/// An exec of 5 MiB, during whose copying (some 25 ms) a sleeper that wakes after 5 ms changes the sysctl.
void flip(const std::string& name, const std::string& from, const std::string& to, bool random,
          const std::string& counter) {
    const Strings big = many(5 << 20);
    std::set<uint64_t> ends;
    const auto before = counters();
    bool intact = true;
    for (int i = 0; i < kDraws; ++i) {
        write_text(kSysctl, from);
        pid_t flipper = -1;
        const Seen seen = run("/probe64", big, {}, [&] {
            flipper = fork();
            if (flipper == 0) {
                usleep(5000);
                write_text(kSysctl, to);
                _exit(0);
            }
        });
        intact = intact && seen.whole && seen.argv == big;
        ends.insert(seen.stack_end());
        // The flipper is the probe's child; it has written before the copying ended.
        intact = intact && read_text(kSysctl) == to + "\n";
    }
    const auto after = counters();
    write_text(kSysctl, "2");
    check(name + "/intact", intact, "arguments lost, or the sysctl was not flipped in time");
    if (random)
        check(name + "/randomised", ends.size() == kDraws, std::to_string(ends.size()) + " different ends");
    if (before && after) {
        const std::string expected = counter + "+" + std::to_string(kDraws);
        check(name + "/counter", moved(*before, *after) == expected, moved(*before, *after));
    }
}

void walk_sysctl() {
    write_text(kSysctl, "0");
    walk({"sysctl-off", "/probe64", {"a"}, {"a"}, 64, kNativeTop, false, "hit", {}});
    walk({"sysctl-off-i386", "/probe32", {"a"}, {"a"}, 32, kCompatTop, false, "hit", {}});
    write_text(kSysctl, "1");
    walk({"sysctl-1", "/probe64", {"a"}, {"a"}, 64, kNativeTop, true, "hit", {}});
    write_text(kSysctl, "2");
    // Both need a copying that lasts.
    if (!takes_big()) return;
    flip("sysctl-on-meanwhile", "0", "2", true, "random");
    flip("sysctl-off-meanwhile", "2", "0", false, "hit");
}

// --- What perf may know
// ------------------------------------------------------------------------------------------

/// No mmap record of the exec'ing task before its credentials change may hold the address where the new
/// program's stack will be.
void walk_perf() {
    const int fd = memfd_create("seen", 0);
    int start[2];
    if (pipe(start) != 0) return;
    const pid_t child = fork();
    if (child == 0) {
        char go = 0;
        dup2(fd, 3);
        if (read(start[0], &go, 1) != 1) _exit(1);
        Strings big = many(100'000);
        std::vector<char*> argv;
        for (std::string& text : big) argv.push_back(text.data());
        argv.push_back(nullptr);
        char* none[] = {nullptr};
        execve("/probe64", argv.data(), none);
        _exit(1);
    }
    perf_event_attr attr = {};
    attr.size = sizeof attr;
    attr.type = PERF_TYPE_SOFTWARE;
    attr.config = PERF_COUNT_SW_DUMMY;
    attr.mmap = 1;
    attr.mmap_data = 1;
    attr.comm = 1;
    attr.comm_exec = 1;
    const int event =
        static_cast<int>(syscall(SYS_perf_event_open, &attr, child, -1, -1, PERF_FLAG_FD_CLOEXEC));
    void* ring = mmap(nullptr, 17 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, event, 0);
    if (write(start[1], "g", 1) != 1) return;
    waitpid(child, nullptr, 0);
    std::string data(static_cast<size_t>(lseek(fd, 0, SEEK_END)), '\0');
    if (ring == MAP_FAILED || pread(fd, data.data(), data.size(), 0) < 0) {
        check("perf/records", false, std::strerror(errno));
        return;
    }
    const Seen seen = parse(data);
    const uint64_t end = seen.stack_end();
    const auto* page = static_cast<const perf_event_mmap_page*>(ring);
    const char* base = static_cast<const char*>(ring) + kPage;
    bool told = false;
    bool after_exec = false;
    bool in_new_program = false;
    for (uint64_t at = 0; at < page->data_head;) {
        const auto* record = reinterpret_cast<const perf_event_header*>(base + at);
        if (record->type == PERF_RECORD_COMM && (record->misc & PERF_RECORD_MISC_COMM_EXEC) != 0)
            after_exec = true;
        if (record->type == PERF_RECORD_MMAP) {
            // header; pid, tid; addr, len, pgoff; file name
            uint64_t range[2];
            std::memcpy(range, base + at + sizeof *record + 8, sizeof range);
            const bool is_stack = range[0] < end && end <= range[0] + range[1];
            if (is_stack && !after_exec) told = true;
            if (is_stack && after_exec) in_new_program = true;
        }
        at += record->size;
    }
    check("perf/exec-seen", after_exec && seen.whole, "no COMM record of the exec");
    check("perf/address-not-told-early", !told, "an mmap record before the exec ends at " + hex(end));
    check("perf/address-told-afterwards", in_new_program, "the new program's stack has no record");
}

}  // namespace

int main() {
    mount("proc", "/proc", "proc", 0, nullptr);
    mount("sysfs", "/sys", "sysfs", 0, nullptr);
    mount("debugfs", "/sys/kernel/debug", "debugfs", 0, nullptr);
    report_fd = open("/dev/ttyS1", O_WRONLY | O_NOCTTY | O_CLOEXEC);
    say(counters() ? "counters" : "no counters");
    walk_all();
    walk_sysctl();
    walk_perf();
    say("done");
    tcdrain(report_fd);
    reboot(RB_POWER_OFF);
    for (;;) pause();
}
