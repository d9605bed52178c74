// SPDX-License-Identifier: MIT
// What perf recorded, as text for people.
#pragma once

#include <string>

#include "host/perf_record.h"

namespace stackshift {

/// A block a cell: each phase's share of the samples inside execve, with the 95 % interval of so many
/// samples, and the functions that take most of it (shares of the whole exec too). Below, what to know of the
/// event.
std::string perf_text(const PerfRecording& recording);

}  // namespace stackshift
