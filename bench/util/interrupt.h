// SPDX-License-Identifier: MIT
// SIGINT and SIGTERM as a flag that waiting loops look at, so that children are stopped and finished work is
// kept.
#pragma once

namespace stackshift {

/// How long after a signal the program ends whatever it is doing: children are given two seconds.
inline constexpr unsigned kLongestStopSeconds = 5;

/// Installs the handlers. Call once, before any child is started. A second signal ends the program at once,
/// and so does the time above; the kernel then ends children (PR_SET_PDEATHSIG), and results are written by
/// renaming.
void catch_interrupts();

/// Whether a signal has arrived.
bool interrupted();

/// Throws Error{interrupted or terminated} once a signal has arrived.
void check_interrupt();

}  // namespace stackshift
