// SPDX-License-Identifier: MIT
// Execs that stand still: while strings are copied, at one in a page that is not there (userfaultfd), or
// after all strings have been copied, where a program or interpreter is opened or read (fanotify).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "conform/support/exec.h"
#include "conform/support/facility.h"
#include "conform/support/shared.h"

namespace stackshift {

/// Has the kernel wait and tell when it needs one of the pages, which are not there (userfaultfd). A
/// descriptor, -1 where it cannot.
int watch_pages(std::uint64_t place, std::size_t pages);

/// A copy of another process's descriptor; -1 where it has none.
int descriptor_of(pid_t pid, int fd);

/// A run() whose end is waited for in a thread of its own, so that the caller can do something meanwhile.
class BackgroundExec {
  public:
    explicit BackgroundExec(Exec exec);
    /// Kills the exec if it still runs.
    ~BackgroundExec();
    BackgroundExec(const BackgroundExec&) = delete;
    BackgroundExec& operator=(const BackgroundExec&) = delete;
    /// The execer; 0 as long as it has not come to its execve.
    pid_t pid() const { return told_->pid; }
    bool ended() const { return told_->ended; }
    /// Waits for its end; kills it if it takes longer than any exec should.
    Seen wait();
    Seen kill();

  private:
    struct Told {
        volatile pid_t pid;
        volatile bool ended;
    };
    Shared<Told> told_;
    Exec exec_;
    std::optional<StartedExec> started_;
    Seen seen_;
    std::thread thread_;
};

/// An exec of which one argument is not there yet. Strings are copied from the last of the environment to the
/// first argument: where it stops, all those behind that argument have been staged.
class StoppedExec {
  public:
    /// argv[missing] must fit into a page. `before` runs in the child right before the system call.
    explicit StoppedExec(const Exec& exec, std::size_t missing = 0, const std::function<void()>& before = {});
    ~StoppedExec();
    /// Whether it stands in execve, in the fault of that page. If not, the test says nothing.
    bool stopped() const { return stopped_; }
    pid_t pid() const { return background_.pid(); }
    /// Brings the page, and returns how the exec ended.
    Seen go_on();
    Seen kill() { return background_.kill(); }
    /// How it ended by itself, or by a signal that somebody sent.
    Seen wait() { return background_.wait(); }

  private:
    struct Told {
        volatile int fd;
        volatile std::uint64_t page;
    };
    Exec stopping(const Exec& exec, std::size_t missing, const std::function<void()>& before);
    bool wait_for_fault();
    Need need_{Facility::userfaultfd};
    Shared<Told> told_;
    std::string text_;
    BackgroundExec background_;
    int fault_fd_ = -1;
    bool stopped_ = false;
};

/// Runs `exec` with `strings` arguments of one page each (4,095 bytes and NUL), none of which is there until
/// the kernel asks for it: `asked` runs with the number of the argument that is wanted, from the last to the
/// first, before it is brought. All those behind it have been staged by then. `asked_for`: how many were.
Seen run_string_by_string(const Exec& exec, std::size_t strings,
                          const std::function<void(std::size_t)>& asked, std::size_t& asked_for);

/// Permission events of a file: whoever opens or reads it stands still until the event is answered.
class Gate {
  public:
    /// `events`: FAN_OPEN_EXEC_PERM, FAN_ACCESS_PERM.
    Gate(const std::string& path, std::uint64_t events);
    ~Gate();
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;
    /// True when the exec stands there; false when it has ended without.
    bool wait(const BackgroundExec& exec);
    void answer(bool allow);

  private:
    Need need_{Facility::fanotify};
    int fd_;
    int file_ = -1;
};

}  // namespace stackshift
