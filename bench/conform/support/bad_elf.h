// SPDX-License-Identifier: MIT
// Programs that the kernel must refuse, each made from a good one.
#pragma once

#include "conform/support/elf_image.h"

namespace stackshift {

/// One way to break a program.
struct BadElf {
    const char* name;
    const char* expected;  ///< how its exec ends
    void (*damage)(ElfImage& image);
};

/// Makes the files that the programs below name as interpreters.
void make_bad_interpreters();

/// Refused while the caller can still get an error, and refused too late for that. (binfmt_elf.c of 6.12)
extern const BadElf kRefused[21];
extern const BadElf kTooLate[7];

}  // namespace stackshift
