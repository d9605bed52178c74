// SPDX-License-Identifier: MIT
// What /proc shows of a process, for example of one that waits (Exec::look).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "conform/support/auxv.h"
#include "conform/support/tap.h"

namespace stackshift {

/// The [stack] mapping as /proc/PID/smaps shows it. All is empty where there is none.
struct StackVma {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::string protection;           // "rw-p"
    std::string offset;               // of maps
    std::string flags;                // "rd wr mr mw me gd ac"
    std::map<std::string, long> kib;  // Rss, Anonymous, Swap, ...
};

StackVma stack_vma(pid_t pid);

/// A file of /proc/PID.
std::string proc_text(pid_t pid, const std::string& file);
/// A numbered field of /proc/PID/stat, as proc(5) counts them.
std::uint64_t stat_field(pid_t pid, std::size_t number);
/// A line "NAME: VALUE kB" of /proc/PID/FILE ("VmStk" of status, "Anonymous" of smaps_rollup); -1 where there
/// is none.
long proc_kib(pid_t pid, const std::string& file, const std::string& name);
/// Of /proc/PID/status.
long status_kib(pid_t pid, const std::string& name);
/// Of a process of 64 or 32 bits.
Auxiliary auxiliary(pid_t pid, std::uint64_t bits);
/// Words of /proc/PID/pagemap of the pages in [start, end).
std::vector<std::uint64_t> pagemap(pid_t pid, std::uint64_t start, std::uint64_t end);
/// Bytes of the process's memory, empty where they cannot be read.
std::string memory_of(pid_t pid, std::uint64_t start, std::uint64_t bytes);

/// All strings one behind the other, each with its NUL.
std::string joined(const Strings& strings);

}  // namespace stackshift
