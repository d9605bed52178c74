// SPDX-License-Identifier: MIT
// The clock instrument on the running kernel: a chain of execs per cell and round, in shuffled rounds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/google_benchmark.h"
#include "matrix/filter.h"
#include "results/result.h"
#include "run/directory.h"

namespace stackshift {

/// What a clock run is asked for.
struct HostRequest {
    MatrixRequest matrix;
    RunRequest run;
    int cpu = -1;       ///< -1: the last that we may use
    double budget = 0;  ///< seconds for the rounds; 0: by profile
    std::uint64_t shuffle_seed = 1;
    std::vector<std::string> events;  ///< as libpfm4 spells them; empty: none are counted
    BenchmarkFlags benchmark;
};

struct HostOutcome {
    Result result;
    std::filesystem::path directory;
};

/// A chain on this machine that records nothing for so long hangs: the largest exec takes milliseconds, and a
/// machine that is starved a thousand times over still records one in this time.
inline constexpr int kChainStallLimitMs = 60'000;

/// Runs the profile's cells on this machine and writes DIR/result.json, and the documents that `benchmark`
/// asks for. Throws Error{environment} where nothing can be measured.
HostOutcome run_host(const HostRequest& request, const Places& places);

}  // namespace stackshift
