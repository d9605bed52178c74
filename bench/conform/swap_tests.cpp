// SPDX-License-Identifier: MIT
#include "conform/tests.h"

namespace stackshift {

void test_swap(Tap&) {}

}  // namespace stackshift
