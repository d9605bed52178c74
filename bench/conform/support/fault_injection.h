// SPDX-License-Identifier: MIT
// Allocations of the kernel that fail on purpose.
#pragma once

#include "conform/support/exec.h"

namespace stackshift {

/// As long as it lives, allocations of slab objects and of single pages can fail, those that may wait
/// included: by /proc/PID/fail-nth, and with a probability in tasks that ask for it.
class FaultInjection {
  public:
    explicit FaultInjection(int percent);
    ~FaultInjection();
    FaultInjection(const FaultInjection&) = delete;
    FaultInjection& operator=(const FaultInjection&) = delete;
    /// False where the kernel has no fault injection.
    bool exists() const { return exists_; }
    /// Asks for it in the caller, and in what it executes.
    static void ask_for_it();

  private:
    bool exists_ = false;
};

/// As run() of `exec`, whose `nth` allocation from the system call on fails; its environment is empty.
/// `injected`: there were so many allocations.
Seen run_failing(const Exec& exec, int nth, bool& injected);

/// Whether an exec ended as lack of memory may end it, before the point of no return or after it.
bool is_want_of_memory(const Seen& seen);

}  // namespace stackshift
