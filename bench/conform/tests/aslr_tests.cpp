// SPDX-License-Identifier: MIT
// Where stacks end, compared with the distribution of 6.12: r + k pages below the top, r uniform over 22 bits
// (native) or 11 (i386) from randomize_stack_top(), k = 0, 1, 2 with 4081, 4096 and 15 of 8192 from
// arch_align_stack() and PAGE_ALIGN(). k does not depend on r, so (r + k) modulo 2^bits is exactly uniform.
// The serial machine draws the same numbers at every boot, so that no test fails by chance now and then.
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <set>

#include "conform/support/caller.h"
#include "conform/support/distribution.h"
#include "conform/support/exec.h"
#include "conform/support/machine.h"
#include "conform/tests/tests.h"

namespace stackshift {
namespace {

constexpr unsigned kNativeBits = 22;
constexpr unsigned kCompatBits = 11;
/// arch_align_stack() moves the stack by up to this many further pages.
constexpr std::uint64_t kMostAligned = 2;

/// Enough for each of 64 bins to hold 23 draws, and for a million pairs of i386 ends.
constexpr int kMany = 1500;
/// For setuid programs: 16 bins of 20.
constexpr int kSome = 320;
/// For cases that differ from others only in how the program came to be executed: 16 bins of 10.
constexpr int kFew = 160;

struct Case {
    std::string name;
    const char* file;
    std::uint64_t top;
    unsigned bits;
    int draws;
    bool compat;
    void (*prepare)();
};

void nothing() {}

struct Series {
    Draws shifts;  // pages from the end of the stack to the top
    Draws depths;  // 16-byte units from the stack pointer to the end of the stack
    Draws words;   // both of AT_RANDOM
    std::set<std::uint64_t> secure;
    std::string ended = "ok";
};

/// Runs in a process of its own: `draws` execs, whose reports follow one another in `report`. vfork() is
/// several times cheaper than run()'s fork(). Exits with the number of execs that failed, 100 at most.
[[noreturn]] void execute_all(const Case& c, const Strings& argv, int report) {
    const rlimit stack = {kStackLimit, kStackLimit};
    setrlimit(RLIMIT_STACK, &stack);
    dup2(report, 3);
    for (int fd : {4, 5}) close(fd);
    c.prepare();
    int failures = 0;
    for (int i = 0; i < c.draws && failures < 100; ++i) {
        const pid_t child = vfork();
        if (child == 0) {
            execute(c.file, argv, {}, c.compat);
            _exit(1);
        }
        int status = 1;
        waitpid(child, &status, 0);
        if (status != 0) ++failures;
    }
    _exit(failures);
}

Series draw(const Case& c, const Strings& argv = {"probe"}) {
    const int report = above_the_probes(memfd_create("reports", MFD_CLOEXEC));
    const pid_t worker = fork();
    if (worker == 0) execute_all(c, argv, report);
    int status = 1;
    waitpid(worker, &status, 0);
    Series series;
    std::size_t bytes = sizeof(ProbeHeader);
    for (const std::string& text : argv) bytes += text.size() + 1;
    for (int i = 0; i < c.draws; ++i) {
        ProbeHeader header;
        const auto at = static_cast<off_t>(static_cast<std::size_t>(i) * bytes);
        if (status != 0 || pread(report, &header, sizeof header, at) != sizeof header) {
            series.ended = "execs failed";
            break;
        }
        const std::uint64_t end = (header.stack_end + kPage - 1) / kPage * kPage;
        series.shifts.push_back((c.top - end) / kPage);
        series.depths.push_back((end - header.sp) / 16);
        series.words.push_back(header.random[0]);
        series.words.push_back(header.random[1]);
        series.secure.insert(header.secure);
    }
    close(report);
    return series;
}

/// "ok", or where a stack lay that r and k cannot give. An end above the top wraps around to a huge shift.
std::string range(const Series& series, unsigned bits) {
    const std::uint64_t most = (1ULL << bits) - 1 + kMostAligned;
    for (const std::uint64_t shift : series.shifts)
        if (shift > most) return shift >> 32 != 0 ? "above the top" : "too far below the top";
    return series.shifts.empty() ? "no draws" : "ok";
}

Draws modulo(Draws draws, unsigned bits) {
    for (std::uint64_t& value : draws) value &= (1ULL << bits) - 1;
    return draws;
}

Series check_case(Tap& tap, const Case& c, const Strings& argv = {"probe"}) {
    const std::string name = "aslr/" + c.name;
    const Series series = draw(c, argv);
    tap.expect(name + "-execs", series.ended, "ok");
    if (series.ended != "ok") return series;
    const Draws ends = modulo(series.shifts, c.bits);
    tap.expect(name + "-range", range(series, c.bits), "ok");
    tap.expect(name + "-bits", every_bit(ends, c.bits), "ok");
    tap.expect(name + "-bins", equal_bins(ends, c.bits), "ok");
    tap.expect(name + "-duplicates", duplicates(ends, c.bits), "ok");
    tap.expect(name + "-serial", serial(ends), "ok");
    // The stack pointer is 0 to 8191 bytes lower than it could be, and then a multiple of 16.
    constexpr unsigned kDepthBits = 9;
    const Draws depths = modulo(series.depths, kDepthBits);
    tap.expect(name + "-sp-bits", every_bit(depths, kDepthBits), "ok");
    tap.expect(name + "-sp-bins", equal_bins(depths, kDepthBits), "ok");
    const auto [low, high] = std::minmax_element(series.depths.begin(), series.depths.end());
    tap.expect(name + "-sp-range", *high - *low <= 8192 / 16 ? "ok" : "more than 8 KiB", "ok");
    return series;
}

/// AT_RANDOM's bytes: no value twice, every bit set half of the time.
void check_random_bytes(Tap& tap, const Case& c, const Series& series) {
    const std::set<std::uint64_t> different(series.words.begin(), series.words.end());
    tap.expect("aslr/at-random-differs-" + c.name,
               different.size() == series.words.size() && !different.empty() ? "ok" : "repeated", "ok");
    tap.expect("aslr/at-random-bits-" + c.name, every_bit(series.words, 64), "ok");
}

/// The end of the stack does not depend on how far below it the stack pointer lies.
void check_independence(Tap& tap, const Case& c, const Series& series) {
    Draws mixed;
    const Draws depths = modulo(series.depths, 9);
    for (std::size_t i = 0; i < depths.size(); ++i) {
        // The top three bits of each.
        mixed.push_back((series.shifts[i] >> (c.bits - 3) & 7) << 3 | depths[i] >> 6);
    }
    tap.expect("aslr/independent-" + c.name, equal_bins(mixed, 6), "ok");
}

void check_fixed(Tap& tap, const std::string& name, const Case& c) {
    const Series series = draw(c);
    const std::set<std::uint64_t> ends(series.shifts.begin(), series.shifts.end());
    const std::set<std::uint64_t> depths(series.depths.begin(), series.depths.end());
    tap.expect("aslr/" + name + "-end", ends == std::set<std::uint64_t>{0} ? "at the top" : "elsewhere",
               "at the top");
    tap.expect("aslr/" + name + "-sp", depths.size() == 1 ? "fixed" : "random", "fixed");
}

void check_setuid(Tap& tap, const Case& given, const Strings& argv = {"probe"}) {
    Case c = given;
    const std::string file = "/tmp/setuid";
    copy_program(c.file, file, 04755);
    c.file = file.c_str();
    check_case(tap, c, argv);
    c.draws = 1;
    tap.expect("aslr/" + c.name + "-secure", draw(c, argv).secure == std::set<std::uint64_t>{1} ? "1" : "0",
               "1");
    unlink(c.file);
}

void check_sysctl(Tap& tap, const Case& native, const Case& i386) {
    const std::string sysctl = "/proc/sys/kernel/randomize_va_space";
    const std::string before = read_text(sysctl);
    for (const Case& c : {native, i386}) {
        write_text(sysctl, "0");
        Case fixed = c;
        fixed.draws = 16;
        check_fixed(tap, "sysctl-0-" + c.name, fixed);
        write_text(sysctl, "1");
        Case one = c;
        one.name = "sysctl-1-" + c.name;
        one.draws = kFew;
        check_case(tap, one);
        write_text(sysctl, before);
    }
    tap.expect("aslr/sysctl-restored", read_text(sysctl) == before ? "ok" : "differs", "ok");
}

Case few(Case c, const std::string& name, void (*prepare)(), bool compat = false) {
    c.name = name;
    c.draws = kFew;
    c.prepare = prepare;
    c.compat = compat;
    return c;
}

Case fixed(Case c, void (*prepare)()) {
    c.draws = 16;
    c.prepare = prepare;
    return c;
}

}  // namespace

void test_aslr(Tap& tap) {
    const Case native = {"native", kProbe64, kNativeTop, kNativeBits, kMany, false, nothing};
    const Case i386 = {"i386", kProbe32, kCompatTop, kCompatBits, kMany, false, nothing};
    Case i386_3gb = i386;
    i386_3gb.top = kCompat3GbTop;
    for (const Case& c : {native, i386}) {
        const Series series = check_case(tap, c);
        check_random_bytes(tap, c, series);
        check_independence(tap, c, series);
    }

    check_case(tap, few(i386_3gb, "i386-3gb", limit_3gb));
    // The limit does not apply to a native program.
    check_case(tap, few(native, "native-3gb", limit_3gb));
    check_case(tap, few(native, "native-from-compat", nothing, true));
    check_case(tap, few(i386, "i386-from-compat", nothing, true));
    // Several pages to place, and fewer than any strategy's limit.
    const Strings pages = strings_of(10 * kPage);
    check_case(tap, few(native, "native-pages", nothing), pages);
    check_case(tap, few(i386, "i386-pages", nothing), pages);

    check_fixed(tap, "no-randomize-native", fixed(native, no_randomize));
    check_fixed(tap, "no-randomize-i386", fixed(i386, no_randomize));
    check_fixed(tap, "no-randomize-i386-3gb",
                fixed(i386_3gb, [] { personality(ADDR_NO_RANDOMIZE | ADDR_LIMIT_3GB); }));
    check_fixed(tap, "no-randomize-unprivileged-native", fixed(native, unprivileged_no_randomize));
    check_fixed(tap, "no-randomize-unprivileged-i386", fixed(i386, unprivileged_no_randomize));

    for (const Case& c : {native, i386}) {
        Case setuid = few(c, "setuid-" + c.name, unprivileged_no_randomize);
        setuid.draws = kSome;
        check_setuid(tap, setuid);
    }
    check_setuid(tap, few(native, "setuid-native-pages", unprivileged_no_randomize), pages);
    check_setuid(tap, few(i386, "setuid-i386-pages", unprivileged_no_randomize), pages);
    check_sysctl(tap, native, i386);
}

}  // namespace stackshift
