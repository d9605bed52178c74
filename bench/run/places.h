// SPDX-License-Identifier: MIT
// Where things lie: in a source checkout (build/stackshift beside kernels/) or as installed.
#pragma once

#include <filesystem>

namespace stackshift {

struct Places {
    std::filesystem::path kernels;     ///< kernels/: config/ and patches/
    std::filesystem::path guest;       ///< init, chain64, chain32
    std::filesystem::path references;  ///< committed exact results (gate/reference.h)
    std::filesystem::path plots;       ///< what draws plots, and the lock file of the chart library
    std::filesystem::path charts;      ///< where that library is installed: node_modules in it
    std::filesystem::path work;        ///< what we make: kernels/ and runs/ below it

    std::filesystem::path built_kernels() const { return work / "kernels"; }
    std::filesystem::path runs() const { return work / "runs"; }
};

/// Finds them from the running program's own path. `work` (--work-dir) overrides the last; else it is the
/// build directory of a checkout, or $XDG_CACHE_HOME/stackshift for an installed command. Throws
/// Error{environment} where the data files are not found.
Places find_places(const std::filesystem::path& work);

}  // namespace stackshift
