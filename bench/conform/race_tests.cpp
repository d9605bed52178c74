// SPDX-License-Identifier: MIT
#include "conform/tests.h"

namespace stackshift {

void test_race(Tap&) {}

}  // namespace stackshift
