// SPDX-License-Identifier: MIT
// A run of the exact instrument: builds the kernels, boots each under each seed, keeps whole boots, makes the
// result.
#pragma once

#include <cstdint>
#include <functional>

#include "boot/guest_axes.h"
#include "boot/journal.h"
#include "kernels/contenders.h"
#include "matrix/filter.h"
#include "results/result.h"
#include "run/directory.h"

namespace stackshift {

/// What an exact run is asked for.
struct LabRequest {
    MatrixRequest matrix;
    KernelRequest kernels;
    RunRequest run;
    std::uint64_t seeds = 0;          ///< 0: as the profile says
    std::vector<std::string> events;  ///< perf events to count in the guests, as libpfm4 spells them
    double time_limit = 0;            ///< seconds of processor time per boot; 0: by the plan
    GuestAxes axes;                   ///< what the guests have beyond the usual
};

struct LabOutcome {
    Result result;
    std::filesystem::path directory;    ///< holds result.json
    std::vector<std::string> failures;  ///< a message per boot that failed; empty where all is well
};

/// Called once, as soon as the first kernel has been counted and before the others are built: a result with
/// that kernel alone, not yet written anywhere.
using FirstCounted = std::function<void(const Result& result)>;

/// What the counts of such a run depend on beside its kernels and seeds, without making it: strategy, image
/// and seed are empty. Throws as run_lab() does.
BootKey boot_setting(const LabRequest& request, const Places& places);

/// The run. Whole boots are kept in DIR/boots as they end; result.json is written when all have ended.
LabOutcome run_lab(const LabRequest& request, const Places& places, const FirstCounted& first_counted = {});

}  // namespace stackshift
