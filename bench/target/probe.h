// SPDX-License-Identifier: MIT
// What the probe (probe.cpp) says of the process that it finds itself in: this header on file descriptor 3,
// then all argument and environment strings as they stand in memory, each with its NUL.
#pragma once

#include <stdint.h>

namespace stackshift {

struct ProbeHeader {
    uint64_t bits;  // 64 or 32
    uint64_t argc;
    uint64_t envc;
    uint64_t secure;        // AT_SECURE
    uint64_t euid;          // AT_EUID
    uint64_t stack_end;     // end of the stack vma, from where the file name is; rounded up by the reader
    uint64_t sp;            // stack pointer at the entry
    uint64_t first_string;  // address of argv[0]
    uint64_t past_strings;  // address past the last environment string
    uint64_t random[2];     // the 16 bytes that AT_RANDOM points to
    char execfn[64];        // AT_EXECFN, cut
};

}  // namespace stackshift
