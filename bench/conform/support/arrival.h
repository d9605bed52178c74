// SPDX-License-Identifier: MIT
// What a program must have been given, compared with what it reports; and an exec by execveat.
#pragma once

#include <cstdint>
#include <string>

#include "conform/support/exec.h"

namespace stackshift {

/// What the program at the end of an exec must find.
struct Arrival {
    Strings argv;
    std::uint64_t bits = 64;
    Strings env = {};
    std::string execfn = {};  ///< AT_EXECFN, of which the probe keeps 63 characters; empty: any
    std::uint64_t secure = 0;
};

/// "ok", or the first thing that is wrong.
std::string arrived(const Seen& seen, const Arrival& expected);

/// As run(), but by execveat(fd, exec.file, ..., flags), the 32-bit call if `compat`. `fd` is AT_FDCWD or
/// above 9: lower ones are for the probe's own descriptors.
Seen run_at(int fd, int flags, const Exec& exec, bool compat = false);

/// Opens the file as descriptor `number`; false and errno where that fails.
bool open_as(int number, const std::string& path, int flags);

}  // namespace stackshift
