// SPDX-License-Identifier: MIT
// execve by the system call of either ABI with any pointers: to memory that is not there, that cannot be
// read, or that nothing writes to before the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "conform/support/tap.h"

namespace stackshift {

/// Memory below 4 GiB, where a 32-bit system call can point to, filled from its start.
class LowMemory {
  public:
    explicit LowMemory(std::size_t bytes);
    ~LowMemory();
    LowMemory(const LowMemory&) = delete;
    LowMemory& operator=(const LowMemory&) = delete;
    /// The address that the next string or vector will have.
    std::uint64_t place() const { return reinterpret_cast<std::uint64_t>(base_) + used_; }
    std::uint64_t string(const std::string& text);
    /// A vector of these pointers and NULL.
    std::uint64_t vector(const std::vector<std::uint64_t>& pointers, bool compat);
    /// The strings and the vector of them.
    std::uint64_t strings(const Strings& texts, bool compat);
    /// What strings() needs at most.
    static std::size_t room(const Strings& texts);

  private:
    std::uint64_t take(const void* data, std::size_t bytes);
    char* base_;
    std::size_t size_;
    std::size_t used_ = 0;
};

/// The system call's three pointers.
struct RawExec {
    std::uint64_t file = 0;
    std::uint64_t argv = 0;
    std::uint64_t envp = 0;
    bool compat = false;
};

/// The call with all its strings in this memory.
RawExec call_in(LowMemory& memory, const std::string& file, const Strings& argv, const Strings& env,
                bool compat);

/// Returns only on failure, with errno.
int execute(const RawExec& exec);

/// The same by execveat(fd, ..., flags).
int execute_at(int fd, const RawExec& exec, int flags);

}  // namespace stackshift
