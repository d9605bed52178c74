// SPDX-License-Identifier: MIT
// Where an emulator's threads run.
#pragma once

#include <sys/types.h>

#include <string_view>

namespace stackshift {

/// Whether a thread of an emulator that names its threads (-name debug-threads=on) is the guest's first
/// processor: "CPU 0/KVM", "CPU 0/TCG". Pure.
bool is_first_processor(std::string_view thread);

/// Puts the guest's first processor on `cpu`. False where the emulator has not started it yet, or it may not
/// run there.
bool pin_processor(pid_t emulator, int cpu);

}  // namespace stackshift
