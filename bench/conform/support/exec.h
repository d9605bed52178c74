// SPDX-License-Identifier: MIT
// One execve of a probe in a child, and what the new program found.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

#include "conform/support/shared.h"
#include "conform/support/tap.h"
#include "target/probe.h"

namespace stackshift {

inline constexpr const char* kProbe64 = "/probe64";
inline constexpr const char* kProbe32 = "/probe32";
inline constexpr std::uint64_t kPage = 4096;
/// Where stacks end under ADDR_NO_RANDOMIZE (4-level page tables).
inline constexpr std::uint64_t kNativeTop = 0x7ffffffff000;
inline constexpr std::uint64_t kCompatTop = 0xffffe000;
inline constexpr std::uint64_t kCompat3GbTop = 0xc0000000;
/// RLIMIT_STACK unless a test wants another: a quarter of it exceeds the 6 MiB limit of all strings.
inline constexpr rlim_t kStackLimit = 32 << 20;

/// What the program reported, or why it could not.
struct Seen {
    ProbeHeader header = {};
    Strings argv;
    Strings env;
    bool whole = false;  ///< the program reported, and its report is complete
    int error = 0;       ///< errno of a failed execve; 0 where it succeeded or the child did not return
    int signal = 0;      ///< that ended the child
    /// End of the stack vma.
    std::uint64_t stack_end() const { return (header.stack_end + kPage - 1) / kPage * kPage; }
    /// "ok", "E2BIG", "SIGSEGV", "incomplete": how it ended, in the words that rows show.
    std::string ended() const;
};

/// An execve to make.
struct Exec {
    std::string file = kProbe64;
    Strings argv = {"probe"};
    Strings env = {};
    bool compat = false;  ///< by the 32-bit system call, whose vectors hold 32-bit pointers
    rlim_t stack_limit = kStackLimit;
    /// Runs in the child right before execve.
    std::function<void()> prepare = {};
    /// Runs while the new program waits, with its pid and what it has reported.
    std::function<void(pid_t, const Seen&)> look = {};
    /// Makes the system call in the child instead of execute(). Returns errno, or not at all.
    std::function<int()> call = {};
    /// Runs when the child has ended, while /proc still knows its pid.
    std::function<void(pid_t)> ended = {};
};

/// The two halves of run(). The child has the stack of the thread that constructs this; which stack an exec
/// is made from may matter.
class StartedExec {
  public:
    /// Forks and executes. `exec` must outlive this.
    explicit StartedExec(const Exec& exec);
    StartedExec(const StartedExec&) = delete;
    StartedExec& operator=(const StartedExec&) = delete;
    /// Waits for the end. Once, and in any thread.
    Seen finish();

  private:
    [[noreturn]] void become();
    const Exec& exec_;
    const Shared<int> error_;
    int report_ = -1;
    // The probe writes to `ready` when it has reported, and waits for the end of `go`.
    int ready_[2] = {-1, -1};
    int go_[2] = {-1, -1};
    pid_t child_ = -1;
};

/// Forks, executes, and returns what the program saw that was started in the end.
Seen run(const Exec& exec);

/// The same file at a number above those of the probe's descriptors (3 to 5), closed on exec.
int above_the_probes(int fd);

/// Waits for the child's end; returns its status as waitpid() does.
int status_of(pid_t child);

/// The report that a probe has written to this file; empty where there is none.
Seen seen_in(int report);

/// execve by the system call of either ABI; returns only on failure, with errno.
int execute(const std::string& file, const Strings& argv, const Strings& env, bool compat);

/// "E2BIG" for an errno, its number where it has no name here.
std::string error_name(int error);
/// "SIGKILL" for a signal.
std::string signal_name(int signal);

/// The first difference between what was sent and what was found, empty where there is none. An empty argv
/// arrives as one empty string.
std::string difference(const Strings& sent, const Strings& found, const char* what);

/// "ok" where the program reported this argv; otherwise how the exec ended, or the first difference.
std::string intact(const Strings& argv, const Seen& seen);

/// Sends the strings to `exec.file` and wants the program to find the same, byte for byte: "ok", or what went
/// wrong.
std::string round_trip(const Exec& exec);

/// Strings of `bytes` in all, with their NULs, each of at most `longest` with its NUL; every string is
/// different and no page has a byte pattern of another.
Strings strings_of(std::size_t bytes, std::size_t longest = 9000);

}  // namespace stackshift
