// SPDX-License-Identifier: MIT
// A result without its samples: what a baseline and a reference are.
#pragma once

#include "results/result.h"

namespace stackshift {

/// The same with each metric's samples replaced by their sha256. The summary and what each seed or round gave
/// (group_medians) stay, so floors and intervals can still be told. Pure.
Result without_samples(const Result& result);

/// The same without the sha256, which take seconds of a large result. Not to be saved.
Result summaries_of(const Result& result);

}  // namespace stackshift
