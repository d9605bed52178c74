// SPDX-License-Identifier: MIT
// Sizes of strings that groups share.
#pragma once

#include "conform/support/exec.h"

namespace stackshift {

/// Every strategy takes as many bytes of strings,
inline constexpr std::size_t kSmall = 20 * kPage;
/// and a strategy that stages at most 32 pages refuses so many.
inline constexpr std::size_t kBig = 100 * kPage;

struct Size {
    const char* suffix;  ///< of a test's name
    std::size_t bytes;
};
inline constexpr Size kSizes[] = {{"-small", kSmall}, {"-big", kBig}};

/// With this RLIMIT_STACK the limit of all strings is ARG_MAX, 128 KiB.
inline constexpr rlim_t kArgMaxStack = 512 << 10;

/// Strings of `bytes` and before them a short one, which is copied last: a StoppedExec can stop there.
Strings strings_behind_first(std::size_t bytes);

}  // namespace stackshift
