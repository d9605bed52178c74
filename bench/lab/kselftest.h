// SPDX-License-Identifier: MIT
// The kernel's own selftests of exec (tools/testing/selftests/exec), as static programs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lab/kernels.h"

namespace stackshift {

/// A selftest that was built, or that was not.
struct Kselftest {
    std::string name;
    std::filesystem::path program;  ///< empty where it did not compile
};

/// Builds them from the source that the kernels are built of, once; kept in build/kernels/kselftest-<source>.
std::vector<Kselftest> build_kselftests(const KernelPlaces& places);

}  // namespace stackshift
