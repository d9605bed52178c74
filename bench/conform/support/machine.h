// SPDX-License-Identifier: MIT
// What tests read and set in the guest: files of /proc and /sys, memory cgroups, scripts and programs.
#pragma once

#include <sys/types.h>

#include <string>

#include "conform/support/facility.h"
#include "util/read_text.h"

namespace stackshift {

/// Writes to an existing file of /proc or /sys; false (and errno) where it fails.
bool write_text(const std::string& path, const std::string& text);
/// Makes a new file with this content and mode, in place of an old one.
void make_file(const std::string& path, const std::string& content, mode_t mode = 0755);
/// Makes `to` a copy of `from`, with this mode (04755: setuid).
void copy_program(const std::string& from, const std::string& to, mode_t mode);

/// The number in a line "NAME VALUE" or "NAME: VALUE" of `text`; -1 where there is none.
long line_number(const std::string& text, const std::string& name);
/// A line "NAME VALUE" of /proc/vmstat or "NAME: VALUE kB" of /proc/meminfo; -1 where there is none.
long vmstat(const std::string& name);
long meminfo_kib(const std::string& name);

/// Whether this kernel is of kernels/config/debug.config (known by lockdep): some ten times as slow, and
/// freed objects are held back.
bool is_debug_kernel();

/// "0x7ffff000".
std::string hex(unsigned long value);

/// The calling thread runs as soon as it can, also where the kernel does not yield in the middle of a system
/// call (PREEMPT_LAZY) to anybody but real-time tasks.
void run_at_once();

/// A memory cgroup (cgroup2 on /cgroup, mounted by main()). The destructor removes it.
class MemoryGroup {
  public:
    explicit MemoryGroup(const std::string& name);
    ~MemoryGroup();
    MemoryGroup(const MemoryGroup&) = delete;
    MemoryGroup& operator=(const MemoryGroup&) = delete;
    /// False where the kernel has no memory cgroups.
    bool exists() const { return exists_; }
    /// Moves a process into it; 0: the caller.
    void join(pid_t pid = 0) const;
    void set_max(const std::string& bytes) const;
    /// memory.current in bytes, -1 where it cannot be read. Charges are kept in per-cpu batches of 64 pages.
    long current() const;
    /// The same without the batch that this CPU keeps; -1 also where the batch cannot be emptied.
    long drained_current() const;
    /// A count of memory.events or memory.stat ("oom_kill", "anon").
    long event(const std::string& name) const;
    long stat(const std::string& name) const;

  private:
    Need need_{Facility::memory_groups};
    std::string path_;
    bool exists_ = false;
};

}  // namespace stackshift
