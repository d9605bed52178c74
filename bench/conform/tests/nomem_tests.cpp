// SPDX-License-Identifier: MIT
// Every allocation of an exec fails once. A group of its own and the last one, because mainline's count of
// committed memory does not survive it.
#include "conform/tests/nomem.h"
#include "conform/tests/tests.h"

namespace stackshift {

void test_nomem(Tap& tap) {
    test_failing_allocations(tap);
    test_restage_failures(tap);
}

}  // namespace stackshift
