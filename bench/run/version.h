// SPDX-License-Identifier: MIT
#pragma once

namespace stackshift {

/// The suite's version, as results carry it and --version shows it. CMakeLists.txt reads it from this line.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace stackshift
