// SPDX-License-Identifier: MIT
// Allocations of the kernel that fail on purpose.
#pragma once

#include "conform/support/exec.h"

namespace stackshift {

/// As long as it lives, allocations of slab objects and of single pages, those that may wait included, can
/// fail: by /proc/PID/fail-nth, and with a probability for tasks that ask for it.
class FaultInjection {
  public:
    explicit FaultInjection(int percent);
    ~FaultInjection();
    FaultInjection(const FaultInjection&) = delete;
    FaultInjection& operator=(const FaultInjection&) = delete;
    bool exists() const { return exists_; }
    /// For the caller, and what it executes.
    static void ask_for_it();

  private:
    bool exists_ = false;
};

/// Whether an exec ended as a want of memory may end it, before the point of no return or behind it.
bool is_want_of_memory(const Seen& seen);

}  // namespace stackshift
