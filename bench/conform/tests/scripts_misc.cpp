// SPDX-License-Identifier: MIT
// Group scripts: entries of binfmt_misc.
#include <elf.h>
#include <unistd.h>

#include <cstdint>

#include "conform/support/arrival.h"
#include "conform/support/caller.h"
#include "conform/support/machine.h"
#include "conform/support/misc_entry.h"
#include "conform/support/process_view.h"
#include "conform/tests/parts.h"

namespace stackshift {
namespace {

/// The value of an auxiliary vector's entry in a native process; 99, which none has here, where it has none.
std::uint64_t auxiliary_value(pid_t pid, std::uint64_t type) {
    const Auxiliary values = auxiliary(pid, 64);
    const auto found = values.find(type);
    return found == values.end() ? 99 : found->second;
}

std::string link_target(const std::string& path) {
    char text[256];
    const ssize_t n = readlink(path.c_str(), text, sizeof text);
    return n < 0 ? "nothing" : std::string(text, static_cast<size_t>(n));
}

struct Case {
    const char* name;
    const char* entry;
    Exec exec;
    Arrival arrival;
};

void check(Tap& tap, const Case& c) {
    const MiscEntry entry(c.entry);
    const std::string seen = entry.exists() ? arrived(run(c.exec), c.arrival) : "the entry is refused";
    tap.expect(std::string("scripts/") + c.name, seen, "ok");
}

void test_chains(Tap& tap) {
    make_file("/data.ext", "no program");
    make_file("/data.magic", "xxxxMaGiC");
    copy_program(kProbe64, "/native.ext", 0755);
    make_file("/to-ext", "#!/data.ext opt\n");
    make_file("/misc-script64", "#!/probe64 opt\n");
    make_file("/misc-script32", "#!/probe32 opt\n");
    const Strings env = {"E=1"};
    const auto exec = [&](const char* file, bool compat = false) {
        return Exec{.file = file, .argv = {"zero", "one", ""}, .env = env, .compat = compat};
    };
    const auto arrival = [&](Strings first, std::uint64_t bits, const char* execfn) {
        first.insert(first.end(), {"one", ""});
        return Arrival{.argv = first, .bits = bits, .env = env, .execfn = execfn};
    };
    const Case cases[] = {
        {"misc-extension-native", ":t:E::ext::/probe64:", exec("/data.ext"),
         arrival({"/probe64", "/data.ext"}, 64, "/data.ext")},
        {"misc-extension-i386", ":t:E::ext::/probe32:", exec("/data.ext"),
         arrival({"/probe32", "/data.ext"}, 32, "/data.ext")},
        {"misc-extension-by-i386", ":t:E::ext::/probe64:", exec("/data.ext", true),
         arrival({"/probe64", "/data.ext"}, 64, "/data.ext")},
        {"misc-native-program-to-i386", ":t:E::ext::/probe32:", exec("/native.ext"),
         arrival({"/probe32", "/native.ext"}, 32, "/native.ext")},
        {"misc-i386-program-to-native", kMiscI386ToNative, exec(kProbe32),
         arrival({"/probe64", kProbe32}, 64, kProbe32)},
        // Letters differ from their capitals in the bit that the mask leaves out.
        {"misc-magic-mask-native", ":t:M:4:mAGic:\\xdf\\xdf\\xff\\xff\\xdf:/probe64:", exec("/data.magic"),
         arrival({"/probe64", "/data.magic"}, 64, "/data.magic")},
        {"misc-magic-mask-i386", ":t:M:4:mAGic:\\xdf\\xdf\\xff\\xff\\xdf:/probe32:", exec("/data.magic"),
         arrival({"/probe32", "/data.magic"}, 32, "/data.magic")},
        {"misc-to-script-native", ":t:E::ext::/misc-script64:", exec("/data.ext"),
         arrival({"/probe64", "opt", "/misc-script64", "/data.ext"}, 64, "/data.ext")},
        {"misc-to-script-i386", ":t:E::ext::/misc-script32:", exec("/data.ext"),
         arrival({"/probe32", "opt", "/misc-script32", "/data.ext"}, 32, "/data.ext")},
        {"script-to-misc-native", ":t:E::ext::/probe64:", exec("/to-ext"),
         arrival({"/probe64", "/data.ext", "opt", "/to-ext"}, 64, "/to-ext")},
        {"script-to-misc-i386", ":t:E::ext::/probe32:", exec("/to-ext"),
         arrival({"/probe32", "/data.ext", "opt", "/to-ext"}, 32, "/to-ext")},
        {"script-to-misc-i386-program", kMiscI386ToNative, exec("/misc-script32"),
         arrival({"/probe64", "/probe32", "opt", "/misc-script32"}, 64, "/misc-script32")},
        {"misc-preserve-argv0-native", ":t:E::ext::/probe64:P", exec("/data.ext"),
         arrival({"/probe64", "/data.ext", "zero"}, 64, "/data.ext")},
        {"misc-preserve-argv0-i386", ":t:E::ext::/probe32:P", exec("/data.ext"),
         arrival({"/probe32", "/data.ext", "zero"}, 32, "/data.ext")},
    };
    for (const Case& c : cases) check(tap, c);
    const auto ends = [&](const char* name, const char* line, const char* error) {
        const MiscEntry entry(line);
        tap.expect(std::string("scripts/") + name,
                   entry.exists() ? run(exec("/data.ext")).ended() : "the entry is refused", error);
    };
    ends("misc-missing-interpreter", ":t:E::ext::/missing:", "ENOENT");
    ends("misc-of-itself", ":t:E::ext::/data.ext:", "ELOOP");
    // Which of the two files' descriptor would the interpreter have?
    make_file("/again.ext", "no program");
    ends("misc-open-binary-twice", ":t:E::ext::/again.ext:O", "ENOEXEC");
}

/// Flag P shows in AT_FLAGS, the descriptor of flag O in AT_EXECFD.
void test_auxiliary(Tap& tap) {
    const Exec plain = {.file = "/data.ext", .argv = {"zero"}};
    const auto look = [&](const char* line, const std::function<void(pid_t)>& at) {
        const MiscEntry entry(line);
        Exec exec = plain;
        exec.look = [&](pid_t pid, const Seen&) { at(pid); };
        return run(exec);
    };
    std::uint64_t flags = 99;
    look(":t:E::ext::/probe64:P", [&](pid_t pid) { flags = auxiliary_value(pid, AT_FLAGS); });
    tap.expect("scripts/misc-preserve-argv0-at-flags", std::to_string(flags), "1");
    look(":t:E::ext::/probe64:", [&](pid_t pid) { flags = auxiliary_value(pid, AT_FLAGS); });
    tap.expect("scripts/misc-at-flags", std::to_string(flags), "0");
    std::string file = "no exec";
    look(":t:E::ext::/probe64:O", [&](pid_t pid) {
        file = link_target("/proc/" + std::to_string(pid) + "/fd/" +
                           std::to_string(auxiliary_value(pid, AT_EXECFD)));
    });
    tap.expect("scripts/misc-open-binary-at-execfd", file, "/data.ext");
    std::string comm = "no exec";
    look(":t:E::ext::/probe64:",
         [&](pid_t pid) { comm = read_text("/proc/" + std::to_string(pid) + "/comm"); });
    tap.expect("scripts/misc-comm", comm.substr(0, comm.find('\n')), "data.ext");
}

/// Flag F: the interpreter is the file that was there at registration.
void test_fixed_interpreter(Tap& tap) {
    for (const bool native : {true, false}) {
        copy_program(native ? kProbe64 : kProbe32, "/fixed", 0755);
        const MiscEntry entry(":t:E::ext::/fixed:F");
        unlink("/fixed");
        const Seen seen = run({.file = "/data.ext", .argv = {"zero", "one"}});
        tap.expect(std::string("scripts/misc-fixed-interpreter-") + (native ? "native" : "i386"),
                   arrived(seen, {.argv = {"/fixed", "/data.ext", "one"},
                                  .bits = native ? 64U : 32U,
                                  .execfn = "/data.ext"}),
                   "ok");
    }
}

/// Flag C: the credentials are those of the file, not of the interpreter; and the personality is cleared as
/// for any setuid program.
void test_credentials(Tap& tap) {
    make_file("/setuid.ext", "no program", 04755);
    for (const bool native : {true, false}) {
        for (const bool credentials : {true, false}) {
            const std::string interpreter = native ? kProbe64 : kProbe32;
            const MiscEntry entry(":t:E::ext::" + interpreter + ":" + (credentials ? "C" : ""));
            const Seen seen =
                run({.file = "/setuid.ext", .argv = {"zero", "one"}, .prepare = become_unprivileged});
            std::string wrong = arrived(seen, {.argv = {interpreter, "/setuid.ext", "one"},
                                               .bits = native ? 64U : 32U,
                                               .execfn = "/setuid.ext",
                                               .secure = credentials ? 1U : 0U});
            if (wrong == "ok") wrong = "euid " + std::to_string(seen.header.euid);
            tap.expect(std::string("scripts/misc-") + (credentials ? "credentials-" : "no-credentials-") +
                           (native ? "native" : "i386"),
                       wrong, credentials ? "euid 0" : "euid 1000");
        }
    }
}

}  // namespace

void test_misc_scripts(Tap& tap) {
    test_chains(tap);
    test_auxiliary(tap);
    test_fixed_interpreter(tap);
    test_credentials(tap);
    for (const char* path : {"/data.ext", "/data.magic", "/native.ext", "/to-ext", "/misc-script64",
                             "/misc-script32", "/again.ext", "/setuid.ext"})
        unlink(path);
}

}  // namespace stackshift
