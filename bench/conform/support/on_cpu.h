// SPDX-License-Identifier: MIT
#pragma once

#include <sched.h>

namespace stackshift {

/// Keeps the caller, and what it starts, on one CPU. The destructor restores the CPUs from before.
class OnCpu {
  public:
    explicit OnCpu(int cpu) {
        sched_getaffinity(0, sizeof before_, &before_);
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(static_cast<unsigned>(cpu), &one);
        sched_setaffinity(0, sizeof one, &one);
    }
    ~OnCpu() { sched_setaffinity(0, sizeof before_, &before_); }
    OnCpu(const OnCpu&) = delete;
    OnCpu& operator=(const OnCpu&) = delete;

  private:
    cpu_set_t before_;
};

}  // namespace stackshift
