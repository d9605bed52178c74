// SPDX-License-Identifier: MIT
// What /proc shows of a process that waits (Exec::look), and programs that a test makes itself.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "conform/support/tap.h"

namespace stackshift {

/// The [stack] mapping, by /proc/PID/smaps. Without one, all is empty.
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
/// "VmStk" of /proc/PID/status in kB; -1 where there is no such line.
long status_kib(pid_t pid, const std::string& name);
/// The auxiliary vector of a process of 64 or 32 bits.
std::map<std::uint64_t, std::uint64_t> auxiliary(pid_t pid, std::uint64_t bits);
/// Words of /proc/PID/pagemap of the pages in [start, end).
std::vector<std::uint64_t> pagemap(pid_t pid, std::uint64_t start, std::uint64_t end);
/// Bytes of the process's memory, empty where they cannot be read.
std::string memory_of(pid_t pid, std::uint64_t start, std::uint64_t bytes);

/// "NUL separated" strings, each with its NUL.
std::string joined(const Strings& strings);

/// An ELF program's bytes, with those at its entry replaced by `code`.
std::string with_code_at_entry(std::string elf, const std::string& code);
/// With the program header PT_GNU_STACK of another type and flags.
std::string with_stack_header(std::string elf, std::uint32_t type, std::uint32_t flags);

}  // namespace stackshift
