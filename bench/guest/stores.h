// SPDX-License-Identifier: MIT
// Where a kernel has staged the arguments of execs. Strategy userstack counts that, because it has two
// places; a cell that was counted in the wrong one would say nothing of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "exec/chain.h"

namespace stackshift {

/// Watches the counters of a kernel that has them. On others it makes no system call: the next cell's counts
/// could hang on it.
class StoreWatch {
  public:
    explicit StoreWatch(const std::string& strategy);
    /// Before a chain.
    void begin();
    /// After it: makes the cell fail unless every exec, the collector's own (or, of a path with a parent, at
    /// least as many) included, was staged in its caller's stack.
    void end(const ChainRequest& request, ChainOutcome& outcome) const;

  private:
    struct Stores {
        std::uint64_t userstack = 0;
        std::uint64_t fallback = 0;
    };
    std::optional<Stores> stores() const;
    bool watches_;
    std::optional<Stores> before_;
};

}  // namespace stackshift
