// SPDX-License-Identifier: MIT
// The only shell in the guest: as much of one as the kselftests' script of one line, "exit $*", needs.
#pragma once

namespace stackshift {

/// Where it is found: as a link to the guest's init.
inline constexpr const char* kShell = "/bin/bash";

/// Whether this program was called by the shell's name.
bool is_called_shell(const char* name);
/// What it does then. Returns its exit code.
int run_shell(int argc, char** argv);

}  // namespace stackshift
