// SPDX-License-Identifier: MIT
// The parts of group nomem.
#pragma once

#include "conform/support/tap.h"

namespace stackshift {

/// Native, i386, compat callers and scripts: each end is clean, and nothing is left behind (leaks_tests.cpp).
void test_failing_allocations(Tap& tap);
/// Arguments that are staged anew for a binfmt_misc interpreter (restage_failures.cpp).
void test_restage_failures(Tap& tap);

}  // namespace stackshift
