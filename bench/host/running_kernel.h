// SPDX-License-Identifier: MIT
// Which kernel this machine runs: one of the strategies', or one that nothing is known of.
#pragma once

#include <string>
#include <string_view>

#include "results/result.h"

namespace stackshift {

/// The kernel's name and base out of the text of its /proc/self/exec_phases ("" where it has no such file)
/// and its release (uname -r). The first line of that text names the strategy; a kernel without it, as
/// pristine, is known by the release that `kernels --deb` gave it. Any other is kRunning, whose base is its
/// whole release. Pure.
KernelInfo recognised_kernel(std::string_view exec_phases, const std::string& release);

/// The same of the kernel that runs here.
KernelInfo running_kernel();

}  // namespace stackshift
