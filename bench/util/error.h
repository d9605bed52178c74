// SPDX-License-Identifier: MIT
// The one exception type for everything a user can cause or meet, and the exit codes other programs rely on.
#pragma once

#include <stdexcept>
#include <string>

namespace stackshift {

/// Exit codes of every command (results/schema and the README document them; scripts depend on the values).
enum class Exit : int {
    ok = 0,             ///< fine; cells that fail as their strategy declares included
    check_failed = 1,   ///< a gate found a regression, or a check failed
    usage = 2,          ///< wrong usage or bad input
    incomparable = 3,   ///< the results cannot be compared; the message names the field
    environment = 4,    ///< the environment lacks something; the message says what installs it
    run_failed = 5,     ///< a build, boot or guest failed; finished boots are kept
    internal = 6,       ///< a bug of stackshift's own
    interrupted = 130,  ///< SIGINT (143 for SIGTERM)
    terminated = 143,
};

/// Thrown for a problem with the user's input or machine. main() prints `stackshift: <what>` and exits with
/// `code`.
struct Error : std::runtime_error {
    Error(Exit exit_code, const std::string& message) : std::runtime_error(message), code(exit_code) {}
    Exit code;
};

}  // namespace stackshift
