// SPDX-License-Identifier: MIT
// Files of /proc and /sys, read with system calls alone: the guest's init has no room for more.
#pragma once

#include <string>

namespace stackshift {

/// The whole file, or nothing where it cannot be read (absence is an answer there).
std::string read_text(const std::string& path);

}  // namespace stackshift
