// SPDX-License-Identifier: MIT
// A run of the exact instrument: builds the kernels, boots each under each seed, keeps whole boots, makes the
// result.
#pragma once

#include "lab/kernels.h"
#include "options.h"
#include "results/result.h"

namespace stackshift {

struct LabOutcome {
    Result result;
    std::filesystem::path directory;    ///< holds result.json
    std::vector<std::string> failures;  ///< a message a boot that failed; empty where all is well
};

/// Where `options` and `places` say that kernels come from and go to.
KernelPlaces kernel_places(const Options& options, const Places& places);

/// Kernels that `options` names (or the default ones), built where needed, then the prebuilt ones.
std::vector<BuiltKernel> lab_kernels(const Options& options, const Places& places);

/// The run. Whole boots are kept in DIR/boots as they end; result.json is written when all have ended.
LabOutcome run_lab(const Options& options, const Places& places);

}  // namespace stackshift
