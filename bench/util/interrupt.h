// SPDX-License-Identifier: MIT
// SIGINT and SIGTERM as a flag that waiting loops look at, so that children are stopped and finished work is
// kept.
#pragma once

namespace stackshift {

/// How long after a signal the program ends whatever it is doing: children are given two seconds.
inline constexpr unsigned kLongestStopSeconds = 5;

/// Installs the handlers. Call once, before any child is started. A second signal ends the program and its
/// groups at once, and so does the time above. Where it is killed outright, the kernel ends its children
/// (PR_SET_PDEATHSIG). Results are written by renaming.
void catch_interrupts();

/// Names a process group that is to be killed where the program ends at once: what make has started does not
/// die with make. At most kMostGroups at a time, further ones are not kept. Any thread.
void watch_group(int group);
void forget_group(int group);
inline constexpr unsigned kMostGroups = 64;

/// Whether a signal has arrived.
bool interrupted();

/// Throws Error{interrupted or terminated} once a signal has arrived.
void check_interrupt();

}  // namespace stackshift
