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

}  // namespace

Places find_places(const std::filesystem::path& work) {
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
    const std::filesystem::path directory = program.parent_path();
    Places places;
    if (std::filesystem::exists(directory / "CMakeCache.txt")) {
        // A build directory: the checkout that it was made from is named in the cache by CMake, but it may
        // have moved since; the parent directory is where run.sh builds.
        places.kernels = directory.parent_path() / "kernels";
        places.guest = directory / "guest";
        places.work = directory;
    } else {
        places.kernels = directory.parent_path() / "share/stackshift/kernels";
        places.guest = directory.parent_path() / "libexec/stackshift";
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
