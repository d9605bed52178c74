// SPDX-License-Identifier: MIT
// The machine a run was made on, as the result file's "environment".
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace stackshift {

/// The key of the kernels that were asked for and have no patches for their base: ["userstack@7.3"].
inline constexpr auto kUnported = "unported";
/// The key that says how an exact run drew its addresses, where not as usual: "paired" (kernels/draws.h).
inline constexpr auto kDraws = "draws";
inline constexpr auto kPairedDraws = "paired";
/// The key of the cells that such a run leaves out, because a contender is declared to fail at them.
inline constexpr auto kLeftOut = "left_out";

/// For the exact instrument: what is here does not change the counts, but a reader wants to know.
nlohmann::ordered_json exact_environment(const std::string& emulator);

/// For the clock instrument on the running kernel: all that is known to move an exec's time.
nlohmann::ordered_json host_environment();

}  // namespace stackshift
