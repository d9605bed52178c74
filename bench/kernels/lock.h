// SPDX-License-Identifier: MIT
// One builder at a time in build/kernels/.work.
#pragma once

#include <filesystem>

namespace stackshift {

/// Holds flock() on a file. The kernel lets go of it when this process and all that it started meanwhile have
/// ended.
class BuildLock {
  public:
    /// Waits for another holder, and says so. Throws Error{environment} where the file cannot be made, and on
    /// an interrupt.
    explicit BuildLock(const std::filesystem::path& file);
    ~BuildLock();
    BuildLock(const BuildLock&) = delete;
    BuildLock& operator=(const BuildLock&) = delete;

  private:
    int fd_ = -1;
};

}  // namespace stackshift
