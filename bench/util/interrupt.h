// SPDX-License-Identifier: MIT
// SIGINT and SIGTERM as a flag that waiting loops look at, so that children are stopped and finished work is
// kept.
#pragma once

namespace stackshift {

/// Installs the handlers. Call once, before any child is started.
void catch_interrupts();

/// Whether a signal has arrived.
bool interrupted();

/// Throws Error{interrupted or terminated} once a signal has arrived.
void check_interrupt();

}  // namespace stackshift
