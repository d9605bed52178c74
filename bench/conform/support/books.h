// SPDX-License-Identifier: MIT
// What the machine has in use, before and after something is done very often.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "conform/support/machine.h"

namespace stackshift {

/// Pages in use, by what counts them.
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

/// The entries that grew by more than `noise` pages and by more than `unsure`, each with its pages per
/// repetition; "nothing" where there are none.
std::string growth(const std::vector<Books::Entry>& before, const std::vector<Books::Entry>& after,
                   long noise, long times);

/// A process in a group that does something again and again when told to. Between two such rounds, only what
/// the last round left behind is different.
class Worker {
  public:
    /// `once` returns what was wrong; empty: nothing.
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

/// Counts once everything that is freed late (RCU, per-cpu lists) has been freed. Memory of the worker itself
/// is left out: its heap grows where a report is longer than those before.
Books close_books(const MemoryGroup& group, const Worker* worker = nullptr);

}  // namespace stackshift
