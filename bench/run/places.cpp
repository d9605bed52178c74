// SPDX-License-Identifier: MIT
#include "run/places.h"

#include <fmt/format.h>

#include <cstdlib>

#include "util/error.h"

namespace stackshift {
namespace {

std::filesystem::path cache_directory() {
    if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0') {
        return std::filesystem::path(cache) / "stackshift";
    }
    const char* home = std::getenv("HOME");
    if (home == nullptr || *home == '\0') {
        throw Error(Exit::environment, "no place for results: HOME is not set (give --work-dir DIR)");
    }
    return std::filesystem::path(home) / ".cache" / "stackshift";
}

/// The checkout that a build directory lies in; empty where it lies in none. CMake's cache names the one that
/// it was configured for, but that may have moved since.
std::filesystem::path checkout_above(std::filesystem::path directory) {
    for (;; directory = directory.parent_path()) {
        if (std::filesystem::is_directory(directory / "kernels/patches/common")) return directory;
        if (directory == directory.root_path()) return {};
    }
}

}  // namespace

Places find_places(const std::filesystem::path& work) {
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
    const std::filesystem::path directory = program.parent_path();
    Places places;
    if (std::filesystem::exists(directory / "CMakeCache.txt")) {
        const std::filesystem::path checkout = checkout_above(directory);
        places.kernels = checkout / "kernels";
        places.guest = directory / "guest";
        places.references = checkout / "results/reference";
        places.plots = checkout / "plots";
        places.charts = checkout / "build/charts";
        // Kernels and runs are shared by all builds of a checkout.
        places.work = checkout / "build";
    } else {
        places.kernels = directory.parent_path() / "share/stackshift/kernels";
        places.guest = directory.parent_path() / "libexec/stackshift";
        places.references = directory.parent_path() / "share/stackshift/reference";
        places.plots = places.charts = directory.parent_path() / "share/stackshift/plots";
    }
    if (!std::filesystem::is_directory(places.kernels / "patches")) {
        throw Error(Exit::environment,
                    fmt::format("data files are missing: no {} (run it from a checkout's build/, or "
                                "install it whole with cmake --install)",
                                (places.kernels / "patches").string()));
    }
    if (!work.empty()) {
        places.work = std::filesystem::absolute(work);
    } else if (places.work.empty()) {
        places.work = cache_directory();
    }
    return places;
}

}  // namespace stackshift
