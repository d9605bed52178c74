// SPDX-License-Identifier: MIT
#include "conform/tests.h"

namespace stackshift {

void test_leaks(Tap&) {}

}  // namespace stackshift
