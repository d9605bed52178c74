// SPDX-License-Identifier: MIT
// The exec paths: how a new program comes about, and what each of them is made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "target/protocol.h"
#include "util/spelling.h"

namespace stackshift {

/// Of the program that execs and of the one that is exec'd.
enum class Abi { native, i386 };
template <>
inline constexpr std::array kSpellings<Abi> = {Spelling<Abi>{Abi::native, "native"},
                                               Spelling<Abi>{Abi::i386, "i386"}};

/// How the new program is started.
enum class ExecPath {
    self_exec,    ///< a chain of execs of a program by itself: no fork, no wait
    script,       ///< the same of a script, whose interpreter is static
    dynamic,      ///< the same of a program with PT_INTERP and a libc
    thread_exec,  ///< the same, but the program's second thread execs
    vfork_exec,   ///< a parent starts a child by vfork, and waits for its end
    fork_exec,    ///< the same by fork
    posix_spawn,  ///< the same by the libc's posix_spawn()
    shell,        ///< vfork-exec of `sh -c` and a builtin
};
template <>
inline constexpr std::array kSpellings<ExecPath> = {Spelling<ExecPath>{ExecPath::self_exec, "self-exec"},
                                                    Spelling<ExecPath>{ExecPath::script, "script"},
                                                    Spelling<ExecPath>{ExecPath::dynamic, "dynamic"},
                                                    Spelling<ExecPath>{ExecPath::thread_exec, "thread-exec"},
                                                    Spelling<ExecPath>{ExecPath::vfork_exec, "vfork-exec"},
                                                    Spelling<ExecPath>{ExecPath::fork_exec, "fork-exec"},
                                                    Spelling<ExecPath>{ExecPath::posix_spawn, "posix-spawn"},
                                                    Spelling<ExecPath>{ExecPath::shell, "shell"}};

/// What an exec path is made of. Names stand without "./" and without the 64 or 32 of their ABI. Its programs
/// are built from bench/target, and the guest image holds them.
struct ExecPathInfo {
    ExecPath path;
    std::string_view program;  ///< what the collector starts
    /// What is exec'd, where it is not the same; a child of the program's.
    std::string_view child = {};
    /// Of a script, which the kernel puts before the script's name.
    std::string_view interpreter = {};
    /// What stands between argv[0] and the state, as it stands.
    std::array<std::string_view, 3> arguments = {};
    /// The new program is ours and stamps its entry.
    bool stamps_entry = true;
    /// Our code execs, and stamps the moment before.
    bool stamps_exec = true;
    /// The program can open perf events before it execs and read them afterwards.
    bool counts_events = false;
    /// It needs shared libraries of its ABI.
    bool dynamic = false;
    bool has_i386 = true;
    /// Instructions of one without payload, checks included: good to a factor of two.
    double instructions = 100e3;

    /// A parent times the whole operation, from the call that makes a child to its being reaped.
    constexpr bool has_parent() const { return !child.empty(); }
};

/// A package's program under its own name, without an ABI.
inline constexpr std::string_view kShellName = "dash";

inline constexpr std::array<ExecPathInfo, 8> kExecPaths = {{
    {.path = ExecPath::self_exec, .program = "chain", .counts_events = true},
    {.path = ExecPath::script, .program = "script", .interpreter = "interp", .counts_events = true},
    {.path = ExecPath::dynamic,
     .program = "dynamic",
     .counts_events = true,
     .dynamic = true,
     .instructions = 700e3},
    {.path = ExecPath::thread_exec, .program = "thread"},
    {.path = ExecPath::vfork_exec, .program = "vfork", .child = "child"},
    {.path = ExecPath::fork_exec, .program = "fork", .child = "child", .instructions = 200e3},
    {.path = ExecPath::posix_spawn,
     .program = "spawn",
     .child = "child",
     .stamps_exec = false,
     .dynamic = true,
     .instructions = 200e3},
    // dash is the build machine's: there is no i386 one.
    {.path = ExecPath::shell,
     .program = "shell",
     .child = kShellName,
     .arguments = {"-c", ":", "./child64"},
     .stamps_entry = false,
     .dynamic = true,
     .has_i386 = false,
     .instructions = 1e6},
}};

constexpr const ExecPathInfo& info_of(ExecPath path) {
    return kExecPaths[static_cast<std::size_t>(path)];
}

/// "./chain64": a name as it is exec'd, relative to the programs' directory, so that what is staged has the
/// same length on every machine.
std::string file_of(std::string_view name, Abi abi);

/// The strings that the collector hands to the program before the state, from argv[0] on.
std::vector<std::string> leading_arguments(ExecPath path, Abi abi);

/// Bytes that an exec stages beside its payload, each string with its NUL: the file's name, what stands
/// before the payload in argv, and what the kernel puts there. The same for both ABIs.
std::uint32_t own_bytes(ExecPath path);

}  // namespace stackshift
