// SPDX-License-Identifier: MIT
// What tests need of a kernel beside execve, and a kernel built otherwise lacks. A test that could not look
// for want of it is skipped with its name: it says nothing about exec.
#pragma once

#include <string>

namespace stackshift {

enum class Facility { userfaultfd, fanotify, memory_groups, binfmt_misc, soft_dirty, fault_injection, kunit };

/// Whether this kernel has it: tried once, by its use.
bool has(Facility facility);

/// "no userfaultfd (CONFIG_USERFAULTFD)".
std::string lack_of(Facility facility);

/// Held by what uses a facility: while one of a lacking facility lives, and after it until another exec is
/// made without, no row of the report that comes out wrong says anything.
class Need {
  public:
    explicit Need(Facility facility);
    ~Need();
    Need(const Need&) = delete;
    Need& operator=(const Need&) = delete;

  private:
    Facility facility_;
};

/// What was lacking when what is reported now was looked at; empty where nothing was.
std::string unmet_need();

/// An exec is made to see what it does: unmet needs that nobody holds any more have nothing to do with it.
void exec_is_made();

}  // namespace stackshift
