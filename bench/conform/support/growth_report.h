// SPDX-License-Identifier: MIT
// Tests that what a worker does again and again leaves nothing behind.
#pragma once

#include <string>

#include "conform/support/books.h"
#include "conform/support/tap.h"

namespace stackshift {

/// Tests leaks/NAME-memory, -commitment and -charge: what `times` repetitions of the worker leave. Where they
/// leave something they are done once more, for a leak is there again. Returns what went wrong in the first
/// that went wrong; empty: nothing.
std::string report_growth(Tap& tap, const std::string& name, const MemoryGroup& group, Worker& worker,
                          int times);

}  // namespace stackshift
