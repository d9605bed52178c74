// SPDX-License-Identifier: MIT
// The time stamp counter's rate, and the CPU that it is read on.
#pragma once

#include <string>

namespace stackshift {

/// TSC ticks a nanosecond, against CLOCK_MONOTONIC_RAW over about a tenth of a second.
double calibrate_tsc();

/// Pins this process, and what it forks, to one CPU: `wanted`, or the last that it may use where that is
/// negative (CPU 0 takes most interrupts). Returns the CPU; throws Error{usage} for one that it may not use.
int pin_to_cpu(int wanted);

}  // namespace stackshift
