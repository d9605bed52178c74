// SPDX-License-Identifier: MIT
#include "conform/tests.h"

namespace stackshift {

void test_scripts(Tap&) {}

}  // namespace stackshift
