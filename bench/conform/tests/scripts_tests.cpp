// SPDX-License-Identifier: MIT
// Interpreters of interpreters. The exec of a script takes argv[0] off the staged strings and puts others in
// its place. The caller of execve chooses at which place of a page that happens, and a strategy can get it
// wrong.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>

#include "conform/support/arrival.h"
#include "conform/support/machine.h"
#include "conform/support/misc_entry.h"
#include "conform/tests/parts.h"
#include "conform/tests/tests.h"

namespace stackshift {
namespace {

/// linux/binfmts.h: how many bytes of a file the kernel reads to find out what it is.
constexpr size_t kHeader = 256;

struct Abi {
    const char* name;
    const char* probe;
    std::uint64_t bits;
    const char* script;
};
constexpr Abi kNative = {"native", kProbe64, 64, "/s64"};
constexpr Abi kI386 = {"i386", kProbe32, 32, "/s32"};

std::string row(const std::string& name, const Abi& abi) {
    return "scripts/" + name + "-" + abi.name;
}

Strings joined(Strings first, const Strings& more) {
    first.insert(first.end(), more.begin(), more.end());
    return first;
}

/// Executes a script of this content with argv {"zero", "one"}: "ok" where `expected` arrived, otherwise how
/// it ended.
std::string run_line(const std::string& content, const Strings& expected, std::uint64_t bits = 64) {
    make_file("/line", content);
    const Seen seen = run({.file = "/line", .argv = {"zero", "one"}, .env = {"E=1"}});
    unlink("/line");
    return arrived(
        seen, {.argv = joined(expected, {"/line", "one"}), .bits = bits, .env = {"E=1"}, .execfn = "/line"});
}

/// Every pair of caller and interpreter.
void test_abis(Tap& tap) {
    for (const Abi& abi : {kNative, kI386}) {
        for (const bool compat : {false, true}) {
            const Seen seen =
                run({.file = abi.script, .argv = {"zero", "one", ""}, .env = {"E=1", ""}, .compat = compat});
            tap.expect(row(compat ? "by-i386" : "by-native", abi),
                       arrived(seen, {.argv = {abi.probe, "opt", abi.script, "one", ""},
                                      .bits = abi.bits,
                                      .env = {"E=1", ""},
                                      .execfn = abi.script}),
                       "ok");
        }
    }
}

/// fs/exec.c, exec_binprm(): the program may be the sixth file that the kernel looks at.
void test_nesting(Tap& tap) {
    constexpr int kMost = 5;
    for (const Abi& abi : {kNative, kI386}) {
        make_file("/n1", std::string("#!") + abi.probe + " opt\n");
        Strings expected = {abi.probe, "opt", "/n1"};
        for (int i = 2; i <= kMost + 1; ++i) {
            const std::string name = "/n" + std::to_string(i);
            make_file(name, "#!/n" + std::to_string(i - 1) + "\n");
            if (i <= kMost) expected.push_back(name);
        }
        const auto nested = [&](int depth) {
            return run({.file = "/n" + std::to_string(depth), .argv = {"zero", "one"}});
        };
        const Arrival arrival = {.argv = joined(expected, {"one"}), .bits = abi.bits, .execfn = "/n5"};
        tap.expect(row("nested-most", abi), arrived(nested(kMost), arrival), "ok");
        tap.expect(row("nested-over", abi), nested(kMost + 1).ended(), "ELOOP");
    }
    make_file("/self", "#!/self\n");
    tap.expect("scripts/of-itself", run({.file = "/self"}).ended(), "ELOOP");
    for (const char* path : {"/n1", "/n2", "/n3", "/n4", "/n5", "/n6", "/self"}) unlink(path);
}

/// One exec whose argv[0], of `length` characters, has its NUL at `offset` of a page.
std::string boundary(const Abi& abi, size_t length, std::uint64_t offset) {
    const Strings rest = {"one", std::string(300, '2'), ""};
    // Strings are staged from the top down: an empty word, the file's name, environment, argv from the last.
    std::uint64_t above = 8 + std::string(abi.script).size() + 1;
    for (const std::string& text : rest) above += text.size() + 1;
    const std::uint64_t pad = (2 * kPage - (above + 2 + 1) - offset) % kPage;
    const Strings env = {std::string(pad, 'e'), std::string()};
    const Seen seen = run({.file = abi.script, .argv = joined({std::string(length, 'z')}, rest), .env = env});
    const Strings first = {abi.probe, "opt", abi.script};
    const std::string wrong =
        arrived(seen, {.argv = joined(first, rest), .bits = abi.bits, .env = env, .execfn = abi.script});
    if (wrong != "ok") return wrong;
    // argv[0]'s NUL was right below argv[1], which has not moved within its page.
    std::uint64_t nul = seen.header.first_string - 1;
    for (const std::string& text : first) nul += text.size() + 1;
    return nul % kPage == offset ? "ok" : "argv[0] ended at offset " + std::to_string(nul % kPage);
}

struct Length {
    const char* name;
    std::vector<size_t> characters;
};

/// remove_arg_zero() walks over argv[0] page by page until it finds the NUL.
void test_boundaries(Tap& tap) {
    const Length lengths[] = {
        {"argv0-empty", {0}},
        {"argv0-short", {1, 2, 100}},
        // Of kPage - 1 characters: with its NUL it fills one page.
        {"argv0-page", {kPage - 2, kPage - 1, kPage, kPage + 1}},
        {"argv0-pages", {5 * kPage - 1, 20 * kPage, 20 * kPage + 1}},
        // The longest string allowed: it lies on 33 pages, unless it begins at the start of one.
        {"argv0-33-pages-big", {32 * kPage - 2, 32 * kPage - 1}},
    };
    for (const Abi& abi : {kNative, kI386}) {
        for (const Length& length : lengths) {
            std::string wrong = "ok";
            for (const size_t characters : length.characters) {
                // The last byte of a page, the first, and their neighbours.
                for (const std::uint64_t offset :
                     {kPage - 1, std::uint64_t(0), kPage - 2, std::uint64_t(1)}) {
                    if (wrong != "ok") continue;
                    wrong = boundary(abi, characters, offset);
                }
            }
            tap.expect(row(length.name, abi), wrong, "ok");
        }
        const Seen seen = run({.file = abi.script, .argv = {}, .env = {"E=1"}});
        tap.expect(row("argv0-none", abi),
                   arrived(seen, {.argv = {abi.probe, "opt", abi.script}, .bits = abi.bits, .env = {"E=1"}}),
                   "ok");
    }
}

/// fs/binfmt_script.c, load_script(): what may be cut off where the line does not end within the header.
void test_lines(Tap& tap) {
    for (const Abi& abi : {kNative, kI386}) {
        const std::string start = std::string("#!") + abi.probe + " ";
        // The last byte of the header is overwritten by a NUL, be it a newline or not.
        const size_t most = kHeader - 1 - start.size();
        std::string wrong = "ok";
        for (size_t length = 1; length < kHeader + 10 && wrong == "ok"; ++length) {
            const std::string argument(length, 'a');
            wrong = run_line(start + argument + "\n", {abi.probe, argument.substr(0, most)}, abi.bits);
            if (wrong != "ok") wrong = std::to_string(length) + " characters: " + wrong;
        }
        tap.expect(row("argument-lengths", abi), wrong, "ok");
        const std::string blank = std::string("#! \t") + abi.probe + " \targ 2\tx \t\n";
        tap.expect(row("line-blanks", abi), run_line(blank, {abi.probe, "arg 2\tx"}, abi.bits), "ok");
        // The file's end is a NUL in the header, which does not end the line: blanks before it stay.
        tap.expect(row("line-no-newline", abi), run_line(start + "arg  ", {abi.probe, "arg  "}, abi.bits),
                   "ok");
        tap.expect(row("line-only-name", abi), run_line(std::string("#!") + abi.probe, {abi.probe}, abi.bits),
                   "ok");

        // Names of the program that end with the header.
        const std::string longest = "/" + std::string(kHeader - 2 - 1, 'n');
        copy_program(abi.probe, longest, 0755);
        copy_program(abi.probe, longest.substr(0, 253), 0755);
        tap.expect(row("name-253-newline", abi),
                   run_line("#!" + longest.substr(0, 253) + "\n", {longest.substr(0, 253)}, abi.bits), "ok");
        tap.expect(
            row("name-253-blank", abi),
            run_line("#!" + longest.substr(0, 253) + " and more\n", {longest.substr(0, 253)}, abi.bits),
            "ok");
        tap.expect(row("name-254-newline", abi), run_line("#!" + longest + "\n", {longest}, abi.bits),
                   "ENOEXEC");
        unlink(longest.c_str());
        unlink(longest.substr(0, 253).c_str());
    }
}

/// Scripts that lead nowhere.
void test_errors(Tap& tap) {
    mkdir("/directory", 0755);
    make_file("/no-program", "#!/probe64\n", 0644);
    struct Case {
        const char* name;
        std::string content;
        const char* error;
    };
    const Case cases[] = {
        {"interpreter-missing", "#!/missing\n", "ENOENT"},
        {"interpreter-directory", "#!/directory\n", "EACCES"},
        {"interpreter-not-executable", "#!/no-program\n", "EACCES"},
        {"interpreter-below-a-file", "#!/probe64/x\n", "ENOTDIR"},
        {"interpreter-carriage-return", "#!/probe64\r\n", "ENOENT"},
        {"line-empty", "#!\n", "ENOEXEC"},
        {"line-only-blanks", "#! \t \n/probe64\n", "ENOEXEC"},
        {"line-all-blanks", "#!" + std::string(2 * kHeader, ' '), "ENOEXEC"},
        {"line-all-blanks-then-newline", "#!" + std::string(kHeader - 3, ' ') + "\n", "ENOEXEC"},
        {"line-half-a-mark", "#", "ENOEXEC"},
        // The name is empty, which is the working directory.
        {"line-only-mark", "#!", "EACCES"},
    };
    for (const Case& c : cases) {
        tap.expect(std::string("scripts/") + c.name, run_line(c.content, {}), c.error);
    }
    rmdir("/directory");
    unlink("/no-program");
}

/// A script that has no name is called by its descriptor, provided that this one outlives the exec.
void test_descriptors(Tap& tap) {
    constexpr int kNumber = 20;
    struct Case {
        const char* name;
        const char* path;  // of the descriptor
        int flags;
        const char* file;
        const char* script;  // as the interpreter gets it, nullptr: ENOENT
    };
    for (const Abi& abi : {kNative, kI386}) {
        const Case cases[] = {
            {"fd", abi.script, O_RDONLY, "", "/dev/fd/20"},
            {"fd-path", abi.script, O_PATH, "", "/dev/fd/20"},
            {"fd-cloexec", abi.script, O_RDONLY | O_CLOEXEC, "", nullptr},
            {"fd-directory", "/", O_RDONLY, abi.script + 1, nullptr},
            {"fd-directory-cloexec", "/", O_RDONLY | O_CLOEXEC, abi.script + 1, nullptr},
            {"fd-absolute", "/", O_RDONLY | O_CLOEXEC, abi.script, abi.script},
        };
        for (Case c : cases) {
            const std::string below = std::string("/dev/fd/20") + abi.script;
            if (std::string(c.name) == "fd-directory") c.script = below.c_str();
            Exec exec = {.file = c.file, .argv = {"zero", "one"}, .env = {"E=1"}};
            exec.prepare = [&c] {
                if (!open_as(kNumber, c.path, c.flags)) _exit(1);
            };
            for (const bool compat : {false, true}) {
                const std::string name = std::string(c.name) + (compat ? "-32-bit-call" : "");
                const Seen seen = run_at(kNumber, *c.file == '\0' ? AT_EMPTY_PATH : 0, exec, compat);
                if (c.script == nullptr) {
                    tap.expect(row(name, abi), seen.ended(), "ENOENT");
                    continue;
                }
                tap.expect(row(name, abi),
                           arrived(seen, {.argv = {abi.probe, "opt", c.script, "one"},
                                          .bits = abi.bits,
                                          .env = {"E=1"},
                                          .execfn = c.script}),
                           "ok");
            }
        }
    }
}

/// fs/exec.c, bprm_stack_limits(): the limit is 6 MiB or a quarter of RLIMIT_STACK, whichever is less, but at
/// least 128 KiB. The pointers to the strings that execve was given are taken off, and all that is staged
/// must fit into the rest: also the strings that scripts put in, but not the pointers to these.
void test_sizes(Tap& tap) {
    struct Limit {
        const char* name;
        std::uint64_t bytes;
        rlim_t stack;
    };
    const Limit limits[] = {{"limit-128k", 128 << 10, 256 << 10},
                            {"limit-1m-big", 1 << 20, 4 << 20},
                            {"limit-6m-big", 6 << 20, 32 << 20}};
    const MiscEntry entry(":limit:E::limit::/probe32:");
    // From an i386 program to a native script, which adds its own strings after all have been staged anew.
    const MiscEntry up(":up:E::up::/s64:");
    copy_program(kProbe32, "/i386.up", 0755);
    make_file("/data.limit", "no program");
    make_file("/nested", "#!/s64\n");
    struct Case {
        const char* name;
        const char* file;
        Strings first;
        std::uint64_t bits;
    };
    const Case cases[] = {
        {"script-native", "/s64", {kProbe64, "opt", "/s64"}, 64},
        {"script-i386", "/s32", {kProbe32, "opt", "/s32"}, 32},
        {"script-script", "/nested", {kProbe64, "opt", "/s64", "/nested"}, 64},
        {"misc-i386", "/data.limit", {kProbe32, "/data.limit"}, 32},
        {"misc-i386-up-script", "/i386.up", {kProbe64, "opt", "/s64", "/i386.up"}, 64},
    };
    for (const Limit& limit : limits) {
        for (const Case& c : cases) {
            // The other strings are of equal length, shorter than the longest that is allowed.
            constexpr std::uint64_t kLongest = 128 << 10;
            const std::uint64_t strings = 1 + (limit.bytes + kLongest - 1) / kLongest + 1;
            std::uint64_t room = limit.bytes - strings * 8 - (std::string(c.file).size() + 1);
            for (const std::string& text : c.first) room -= text.size() + 1;
            const auto ended = [&](std::uint64_t bytes) {
                Exec exec = {.file = c.file, .argv = {"z"}, .stack_limit = limit.stack};
                for (std::uint64_t i = 1; i < strings; ++i) {
                    const std::uint64_t length = bytes / (strings - i);
                    exec.argv.push_back(std::string(length - 1, static_cast<char>('a' + i % 26)));
                    bytes -= length;
                }
                const Strings rest(exec.argv.begin() + 1, exec.argv.end());
                return arrived(run(exec), {.argv = joined(c.first, rest), .bits = c.bits, .execfn = c.file});
            };
            const std::string name = std::string("scripts/") + limit.name + "-" + c.name;
            tap.expect(name, ended(room), "ok");
            tap.expect(name + "-over", ended(room + 1), "E2BIG");
        }
    }
    unlink("/data.limit");
    unlink("/i386.up");
    unlink("/nested");
}

}  // namespace

void test_scripts(Tap& tap) {
    make_file(kNative.script, "#!/probe64 opt\n");
    make_file(kI386.script, "#!/probe32 opt\n");
    test_abis(tap);
    test_nesting(tap);
    test_boundaries(tap);
    test_lines(tap);
    test_errors(tap);
    test_descriptors(tap);
    test_sizes(tap);
    unlink(kNative.script);
    unlink(kI386.script);
    test_misc_scripts(tap);
}

}  // namespace stackshift
