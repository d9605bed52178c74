// SPDX-License-Identifier: MIT
// The time stamp counter's rate, and the CPU that it is read on.
#pragma once

#include <string>

namespace stackshift {

/// TSC ticks a nanosecond, against CLOCK_MONOTONIC_RAW over about a tenth of a second.
double calibrate_tsc();

/// `wanted`, or the last CPU that this process may use where that is negative (CPU 0 takes most interrupts).
/// Throws Error{usage} for one that it may not use.
int choose_cpu(int wanted);

/// Pins this process, and what it forks, to choose_cpu(wanted), which is returned.
int pin_to_cpu(int wanted);

/// Keeps this process, and what it forks, off a CPU, so that only what is put there runs there. False where
/// it may use no other.
bool leave_cpu(int cpu);

}  // namespace stackshift
