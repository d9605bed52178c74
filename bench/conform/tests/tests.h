// SPDX-License-Identifier: MIT
// The groups' functions, one per file (NAME_tests.cpp). init.cpp has the table of them.
#pragma once

#include "conform/support/tap.h"

namespace stackshift {

void test_args(Tap& tap);
void test_chain(Tap& tap);
void test_scripts(Tap& tap);
void test_prediction(Tap& tap);
void test_failures(Tap& tap);
void test_leaks(Tap& tap);
void test_view(Tap& tap);
void test_aslr(Tap& tap);
void test_environment(Tap& tap);
void test_privileges(Tap& tap);
void test_parents(Tap& tap);
void test_swap(Tap& tap);
void test_kernel(Tap& tap);
void test_nomem(Tap& tap);
void test_race(Tap& tap);
void test_storm(Tap& tap);
void test_churn(Tap& tap);

}  // namespace stackshift
