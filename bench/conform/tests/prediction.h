// SPDX-License-Identifier: MIT
// The parts of group prediction.
#pragma once

#include "conform/support/tap.h"

namespace stackshift {

/// Headers, descriptors and modes of programs: what the kernel looks at before it knows the program.
void test_program_files(Tap& tap);

}  // namespace stackshift
