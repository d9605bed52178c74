// SPDX-License-Identifier: MIT
// An exec that stands still in the middle of its strings.
#pragma once

#include <functional>

#include "conform/support/exec.h"

namespace stackshift {

/// As run() of `exec` by the native system call, with one more string, `last`, at the end of argv. That
/// string is in a page that is not there (userfaultfd): another process runs `meanwhile` when the kernel asks
/// for it, with the stack's place chosen and environment copied, then brings the page. `stopped` tells
/// whether that happened.
Seen run_stopped(const Exec& exec, const std::string& last, const std::function<void()>& meanwhile,
                 bool& stopped);

/// False where the kernel has no userfaultfd.
bool can_stop();

}  // namespace stackshift
