// SPDX-License-Identifier: MIT
// Child processes that never outlive us: each runs in a process group of its own and is stopped when its
// owner goes.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace stackshift {

/// What to run. `argv[0]` is looked up in PATH.
struct Command {
    std::vector<std::string> argv;
    std::filesystem::path directory = {};                             ///< working directory; empty: ours
    std::vector<std::pair<std::string, std::string>> variables = {};  ///< added to our environment
    std::filesystem::path output = {};                                ///< stdout and stderr; empty: /dev/null
    std::filesystem::path errors = {};  ///< stderr alone, where it is to be apart
};

/// How a child ended.
struct ExitStatus {
    int code = -1;         ///< exit code, -1 where a signal ended it
    int signal = 0;        ///< the signal, 0 where it exited
    long max_rss_kib = 0;  ///< peak resident size of it and the children it waited for
    bool ok() const { return code == 0; }
    std::string describe() const;  ///< "exit code 2", "signal 9"
};

class Process {
  public:
    /// Starts it. Throws Error{environment} where the program is not installed.
    explicit Process(const Command& command);
    ~Process();  ///< stops the whole group if it still runs
    Process(Process&& other) noexcept;
    Process& operator=(Process&&) = delete;
    Process(const Process&) = delete;

    /// Looks without waiting; once false, status() is final.
    bool running();
    /// Waits up to `milliseconds` for the end; true where it has ended. A caught signal ends the wait early.
    bool wait(int milliseconds);
    /// SIGTERM to the group, SIGKILL after two seconds.
    void stop();
    ExitStatus status() const { return status_; }
    pid_t pid() const { return pid_; }
    /// Processor time of the child so far, in seconds; 0 once it has ended.
    double processor_seconds() const;

  private:
    bool reap(int flags);
    pid_t pid_ = -1;
    int pidfd_ = -1;
    bool ended_ = false;
    ExitStatus status_;
};

/// Runs to the end, calling `tick` (which may be empty) about five times a second. Throws on an interrupt.
ExitStatus run(const Command& command, const std::function<void()>& tick = {});

/// Runs and returns standard output; stderr is dropped. Throws Error{environment} where the program is
/// missing, Error{run_failed} where it fails.
std::string capture(const std::vector<std::string>& argv);

/// Processor time of all children that have ended and been waited for, and of theirs, in seconds.
double children_processor_seconds();

/// Full path of a program in PATH, or empty.
std::filesystem::path find_program(const std::string& name);

}  // namespace stackshift
