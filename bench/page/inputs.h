// SPDX-License-Identifier: MIT
// The result files that a page is made of, whatever they are results of.
#pragma once

#include <filesystem>
#include <vector>

#include "check/check.h"
#include "results/result.h"

namespace stackshift {

struct PageInputs {
    std::vector<Result> exact;  ///< of lab
    std::vector<Result> clock;  ///< of host
    std::vector<CheckResult> checks;
};

/// Reads each file once (a directory stands for the result.json in it). Throws Error{usage} as load_result()
/// and load_check_result() do, and for a cell that does not belong to its file's instrument.
PageInputs load_inputs(const std::vector<std::filesystem::path>& paths);

/// Drops the samples of exact results, of which a page shows medians only: two thirds of a large result,
/// which would be copied wherever results are parted. What is held against a result from before needs them.
void forget_samples(PageInputs& inputs);

}  // namespace stackshift
