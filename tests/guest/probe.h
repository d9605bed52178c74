// SPDX-License-Identifier: MIT
// What tests/guest/probe.cpp writes first; argv and environment follow, each string with its NUL.
#pragma once

#include <stdint.h>

struct ProbeHeader {
    uint64_t bits;  // 64 or 32
    uint64_t argc;
    uint64_t envc;
    uint64_t secure;  // AT_SECURE
    uint64_t euid;    // AT_EUID
    uint64_t
        stack_end;  // end of the stack vma, from where the kernel put the file name; rounded by the reader
};
