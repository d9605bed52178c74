// SPDX-License-Identifier: MIT
// A run of the clock instrument in guests: builds the kernels and boots them under KVM, round by round, each
// round every kernel once in an order of its own, so that what drifts on the machine hits all kernels alike.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "boot/machine.h"
#include "kernels/contenders.h"
#include "lab/rounds.h"
#include "matrix/filter.h"
#include "results/result.h"
#include "run/directory.h"

namespace stackshift {

struct ClockLabRequest {
    MatrixRequest matrix;
    KernelRequest kernels;
    RunRequest run;
    std::vector<std::string> events;  ///< perf events to count in the guests, as libpfm4 spells them
    RoundLimits limits;               ///< seconds 0: by profile
    std::uint64_t shuffle_seed = 1;   ///< of the boots' order
    int cpu = -1;                     ///< that runs the guests; -1: the last that we may use
    double time_limit = 0;            ///< seconds of processor time per boot; 0: by the plan
    /// tcg only tests the driver: the result says that its times are invalid.
    Accelerator accelerator = Accelerator::kvm;
    std::filesystem::path kvm_device = "/dev/kvm";
    /// Limit of the first boot, which shows whether KVM works: a second or two where it does.
    double probe_seconds = 30;
};

struct ClockLabOutcome {
    Result result;
    std::filesystem::path directory;  ///< holds result.json
    std::string ended;                ///< why there are no more rounds, for a reader
    /// Why the last round could not be finished, a message per boot; it is not in the result. Empty where all
    /// is well.
    std::vector<std::string> failures;
};

/// The run. Throws Error{environment} where KVM does not work: before anything is built where the device
/// tells, else once the first kernel has been built, which is booted under a limit of some seconds.
ClockLabOutcome run_clock_lab(const ClockLabRequest& request, const Places& places);

}  // namespace stackshift
