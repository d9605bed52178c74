// SPDX-License-Identifier: MIT
#pragma once

namespace stackshift {

/// The suite's version, as results carry it.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace stackshift
