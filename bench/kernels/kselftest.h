// SPDX-License-Identifier: MIT
// The kernel's own selftests of exec (tools/testing/selftests/exec).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kernels/build.h"

namespace stackshift {

/// A selftest that was built, or that was not.
struct Kselftest {
    std::string name;
    std::filesystem::path program;  ///< empty where it did not compile
};

/// Builds them from the source that the kernels of a base are built of, once; kept in
/// build/kernels/kselftest-<source>.
std::vector<Kselftest> build_kselftests(const KernelPlaces& places, const KernelBase& base);

/// What those that are not static are to find in the guest.
struct SharedObject {
    std::string as;              ///< path in the guest, without the first slash
    std::filesystem::path file;  ///< this machine's
};

/// The dynamic linker and libc that the compiler links with.
std::vector<SharedObject> kselftest_libraries();

}  // namespace stackshift
