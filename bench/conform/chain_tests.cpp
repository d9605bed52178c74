// SPDX-License-Identifier: MIT
#include "conform/tests.h"

namespace stackshift {

void test_chain(Tap&) {}

}  // namespace stackshift
