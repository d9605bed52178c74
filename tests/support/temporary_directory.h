// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

namespace stackshift {

/// A new directory that is gone when the test ends.
class TemporaryDirectory {
  public:
    /// Throws std::system_error where none can be made.
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    const std::filesystem::path path;
};

}  // namespace stackshift
