// SPDX-License-Identifier: MIT
// Runs cells under linux-perf: where in the kernel an exec spends its time, function by function.
#pragma once

#include <string>
#include <vector>

#include "host/host.h"
#include "host/perf_script.h"

namespace stackshift {

/// What a recording is asked for.
struct PerfRequest {
    MatrixRequest matrix;
    std::filesystem::path directory;  ///< where perf's files go
    int cpu = -1;                     ///< -1: the last that we may use
    double budget = 0;                ///< seconds for all cells; 0: a default per cell
};

/// What perf said of one cell.
struct RecordedCell {
    std::string cell;
    std::string failure;  ///< why there are no samples; empty where there are
    unsigned execs = 0;
    ExecSamples samples;
    std::filesystem::path file;  ///< perf's own, for perf report
};

struct PerfRecording {
    std::string event;       ///< "cycles:k", or "cpu-clock:k" where there is no PMU
    std::string why;         ///< why it is not cycles; empty where it is
    unsigned frequency = 0;  ///< samples a second
    std::vector<RecordedCell> cells;
};

/// Records the profile's cells, one perf.data each, by running `self chain CELL` under perf.
/// Throws Error{environment} where perf is missing, may not sample the kernel or cannot name its functions,
/// with what helps.
PerfRecording record_with_perf(const PerfRequest& request, const Places& places);

/// Whether /proc/kallsyms shows addresses: hidden ones (kernel.kptr_restrict) are all 0. Pure.
bool shows_addresses(const std::string& kallsyms_start);

}  // namespace stackshift
