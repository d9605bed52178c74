// SPDX-License-Identifier: MIT
// The kernel tree's own programs of tools/testing/selftests/exec.
#pragma once

#include "conform/support/tap.h"

namespace stackshift {

/// Runs those that the guest's image has in /kselftest.
void test_kselftest(Tap& tap);

/// The only shell in the guest: what the kselftests' script of one line, "exit $*", needs of one. Whether
/// this program was called by that name, and what it does then.
bool is_called_shell(const char* name);
int run_shell(int argc, char** argv);

}  // namespace stackshift
