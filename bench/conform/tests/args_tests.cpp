// SPDX-License-Identifier: MIT
// Strings arrive byte for byte, and too many are refused where mainline refuses them.
#include <algorithm>
#include <string>

#include "conform/support/exec.h"
#include "conform/tests/tests.h"

namespace stackshift {
namespace {

// MAX_ARG_STRLEN (include/uapi/linux/binfmts.h), with the NUL.
constexpr size_t kLongestString = 32 * kPage;
// The most that all strings may take (fs/exec.c, bprm_stack_limits()): 3/4 of _STK_LIM, less one pointer per
// string.
constexpr size_t kMostStrings = 6 << 20;
// ARG_MAX: allowed with any RLIMIT_STACK.
constexpr size_t kLeastStrings = 32 * kPage;
// Above the strings: a word of zeroes, and the file's name.
constexpr size_t kAboveStrings = 8;

struct Side {
    const char* name;
    const char* file;  // the program
    bool compat;       // by the 32-bit system call
};

constexpr Side kSides[] = {
    {"native", kProbe64, false},
    {"i386", kProbe32, true},
    {"native-to-i386", kProbe32, false},
    {"i386-to-native", kProbe64, true},
};

std::string hint(const std::string& at, const std::string& ended) {
    return ended == "ok" ? "ok" : ended + " at " + at;
}

/// Tries sizes of all strings around each page boundary from `first` to `last`. The file name and the word
/// above it lie on the same pages.
std::string sweep(const Side& side, size_t first, size_t last, bool in_env) {
    const size_t name = std::string(side.file).size() + 1 + kAboveStrings;
    for (size_t pages = first; pages <= last; ++pages) {
        for (const long off : {-1L, 0L, 1L}) {
            const long bytes = static_cast<long>(pages * kPage - name) + off;
            Exec exec;
            exec.file = side.file;
            exec.compat = side.compat;
            Strings strings = strings_of(static_cast<size_t>(bytes) - (in_env ? 2 : 0));
            if (in_env) {
                exec.argv = {"p"};
                exec.env = std::move(strings);
            } else {
                exec.argv = std::move(strings);
            }
            const std::string ended = round_trip(exec);
            if (ended != "ok") {
                return hint(std::to_string(pages) + " pages" + (off < 0 ? "-1" : off > 0 ? "+1" : ""), ended);
            }
        }
    }
    return "ok";
}

std::string trip(const Side& side, Strings argv, Strings env = {}, rlim_t stack = kStackLimit) {
    Exec exec;
    exec.file = side.file;
    exec.compat = side.compat;
    exec.argv = std::move(argv);
    exec.env = std::move(env);
    exec.stack_limit = stack;
    return round_trip(exec);
}

std::string letters(size_t with_nul) {
    std::string text = strings_of(with_nul, with_nul).front();
    return text;
}

void test_shapes(Tap& tap, const Side& side) {
    const auto name = [&](const char* what) { return std::string("args/") + what + '-' + side.name; };
    tap.expect(name("pages-1-to-16"), sweep(side, 1, 16, false), "ok");
    tap.expect(name("pages-30-and-31"), sweep(side, 30, 31, false), "ok");
    tap.expect(name("pages-32-to-35"), sweep(side, 32, 35, false), "ok");
    tap.expect(name("env-pages-1-to-8"), sweep(side, 1, 8, true), "ok");
    tap.expect(name("env-pages-32-to-34"), sweep(side, 32, 34, true), "ok");
    // The kernel adds one empty string to an empty argv.
    tap.expect(name("no-argv"), trip(side, {}), "ok");
    tap.expect(name("no-argv-but-env"), trip(side, {}, {"A=1", "B=2"}), "ok");
    tap.expect(name("empty-strings"), trip(side, {"", "", "x", ""}, {"", "A=", ""}), "ok");
    tap.expect(name("only-empty-strings"), trip(side, Strings(5000), Strings(3000)), "ok");
    tap.expect(name("both"), trip(side, strings_of(50'000, 700), strings_of(40'000, 311)), "ok");
    tap.expect(name("both-big"), trip(side, strings_of(500'000, 7000), strings_of(300'000, 311)), "ok");
    tap.expect(name("strings-of-a-page"), trip(side, strings_of(20 * kPage, kPage)), "ok");
    // The longest string leaves no room for more in 131,064 bytes.
    tap.expect(name("string-of-126000"), trip(side, {letters(126'000)}), "ok");
    tap.expect(name("longest-string"), trip(side, {letters(kLongestString)}), "ok");
    tap.expect(name("longest-string-env"), trip(side, {"p"}, {letters(kLongestString)}), "ok");
    tap.expect(name("string-too-long"), trip(side, {letters(kLongestString + 1)}), "E2BIG");
    tap.expect(name("string-too-long-env"), trip(side, {"p"}, {letters(kLongestString + 1)}), "E2BIG");
}

/// Strings of so many bytes that one more is refused: `limit` is for the strings of argv and env and a
/// pointer to each of them. A pointer has 8 bytes for i386, too: the kernel does not know the program yet.
void test_limit(Tap& tap, const Side& side, const char* what, rlim_t stack, size_t limit) {
    const std::string name = std::string("args/limit-") + what + '-' + side.name;
    // The file's name counts, although it is copied before the limit is computed.
    const size_t file = std::string(side.file).size() + 1;
    constexpr size_t kStrings = 60;
    const size_t payload = limit - kStrings * 8 - file;
    const size_t each = payload / kStrings;
    Strings strings = strings_of(each * (kStrings - 1), each);
    strings.push_back(letters(payload - each * (kStrings - 1)));
    tap.expect(name, trip(side, strings, {}, stack), "ok");
    strings.back() += 'x';
    tap.expect(name + "-and-one", trip(side, strings, {}, stack), "E2BIG");
}

/// Many strings of one byte: each takes 2 bytes and a pointer.
void test_count(Tap& tap, const Side& side) {
    const auto name = [&](const std::string& what) { return "args/" + what + '-' + side.name; };
    tap.expect(name("strings-16000"), trip(side, Strings(8000, "a"), Strings(8000, "b")), "ok");
    // The limits of a vector before Linux 2.6.23.
    tap.expect(name("strings-16384-in-argv"), trip(side, Strings(16384, "a")), "ok");
    tap.expect(name("strings-32767-in-argv"), trip(side, Strings(32767, "")), "ok");
    // Each takes 10 bytes, and apart from the file's name there is nothing else.
    const size_t file = std::string(side.file).size() + 1;
    const size_t most = (kMostStrings - file) / 10;
    tap.expect(name("strings-at-limit"), trip(side, Strings(most, "a")), "ok");
    tap.expect(name("strings-over-limit"), trip(side, Strings(most + 1, "a")), "E2BIG");
    // Each takes 9 bytes: pointers take more than text.
    tap.expect(name("strings-pathological"), trip(side, Strings(kMostStrings / 8 + 1)), "E2BIG");
}

}  // namespace

void test_args(Tap& tap) {
    for (const Side& side : kSides) {
        test_shapes(tap, side);
        // Once per calling ABI: the limit does not depend on the program.
        if (std::string(side.name).find("-to-") == std::string::npos) {
            test_limit(tap, side, "6mib", kStackLimit, kMostStrings);
        }
        test_limit(tap, side, "quarter", 4 << 20, 1 << 20);
        // A stack of 256 KiB would allow 64 KiB.
        test_limit(tap, side, "least", 256 << 10, kLeastStrings);
        test_count(tap, side);
    }
}

}  // namespace stackshift
