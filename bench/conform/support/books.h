// SPDX-License-Identifier: MIT
// What the machine has in use, before and after the same thing is done very often.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "conform/support/machine.h"

namespace stackshift {

/// Pages in use, by who counts them.
struct Books {
    struct Entry {
        std::string name;
        long pages;
        /// More than this is a change: lists and batches hold some of what is counted.
        long unsure = 0;
    };
    std::vector<Entry> memory;      ///< of the machine: used (less a constant, without slabs), anonymous, ...
    std::vector<Entry> commitment;  ///< Committed_AS
    std::vector<Entry> charge;      ///< of the group
};

/// The entries that grew by more than `noise` pages, and more than they are unsure, each with its pages a
/// time; "nothing".
std::string growth(const std::vector<Books::Entry>& before, const std::vector<Books::Entry>& after,
                   long noise, long times);

/// A process in a group that does something again and again when told to, so that only what that leaves
/// behind differs between two tellings.
class Worker {
  public:
    /// `once` says what was wrong; empty: nothing.
    Worker(const MemoryGroup& group, const std::function<std::string()>& once);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    /// The first thing that was wrong; empty: nothing.
    std::string repeat(int times);
    pid_t pid() const { return pid_; }

  private:
    [[noreturn]] void work(const std::function<std::string()>& once) const;
    pid_t pid_ = -1;
    int orders_[2] = {-1, -1};
    int reports_[2] = {-1, -1};
};

/// After what is freed later (RCU, per-cpu lists) has been freed. What the worker has for itself is left out:
/// its heap grows where a report is longer than those before.
Books close_books(const MemoryGroup& group, const Worker* worker = nullptr);

}  // namespace stackshift
