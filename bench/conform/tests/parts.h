// SPDX-License-Identifier: MIT
// Parts of groups that stand in files of their own (GROUP_PART.cpp).
#pragma once

#include "conform/support/tap.h"

namespace stackshift {

/// Group view: what the kernel counts of a new program's memory.
void test_figures(Tap& tap);
/// Group scripts: entries of binfmt_misc.
void test_misc_scripts(Tap& tap);
/// Group prediction: headers, descriptors and modes of programs, which the kernel looks at before it knows
/// the program.
void test_program_files(Tap& tap);
/// Group prediction: what the caller of a privileged program learns of its stack.
void test_secrets(Tap& tap);
/// Group nomem: limits of arguments that may have to be placed anew for a binfmt_misc interpreter.
void test_restage_limits(Tap& tap);
/// Group nomem: the same while each allocation fails.
void test_restage_failures(Tap& tap);
/// Group parents: strings and vectors in all kinds of memory of the caller.
void test_places(Tap& tap);
/// Group parents: the caller's stack.
void test_caller_stacks(Tap& tap);
/// Group parents: programs that the kernel itself starts.
void test_kernel_parents(Tap& tap);
/// Group storm: staged memory is seen while the address space is switched.
void test_visible(Tap& tap);
/// Group storm: TLB flushes on the other CPU.
void test_remote_flushes(Tap& tap);
/// Group race: strings that change between measuring and copying, without a race.
void test_torn_strings(Tap& tap);
/// Group kernel: the programs of tools/testing/selftests/exec that the guest's image has in /kselftest.
void test_kselftest(Tap& tap);

/// Group kernel: a security module that reads the staged strings.
void test_tomoyo(Tap& tap);

}  // namespace stackshift
