// SPDX-License-Identifier: MIT
// The clock instrument on the running kernel: Google Benchmark runs a chain of execs a cell, in shuffled
// rounds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "options.h"
#include "results/result.h"

namespace stackshift {

struct HostOptions {
    int cpu = -1;       ///< -1: the last that we may use
    double budget = 0;  ///< seconds for the rounds; 0: by profile
    std::uint64_t shuffle_seed = 1;
    std::vector<std::string> events;          ///< as libpfm4 spells them; empty: none are counted
    std::vector<std::string> benchmark_args;  ///< Google Benchmark's own flags (--benchmark_out=...)
};

struct HostOutcome {
    Result result;
    std::filesystem::path directory;
};

/// Runs the profile's cells on this machine and writes DIR/result.json.
HostOutcome run_host(const Options& options, const HostOptions& host, const Places& places);

/// How a sweep's time is spent: execs a chain for each cell, and rounds.
struct Schedule {
    std::vector<unsigned> execs;
    unsigned rounds = 0;
    double seconds = 0;  ///< what it will take
};

/// Chooses a schedule from what an exec of each cell took (ns, everything around it included) so that all
/// rounds fit `budget` seconds: chains of about 20 ms with 5 to 200 execs, 5 to 50 rounds (5 even where that
/// takes longer: fewer give no interval). Pure.
Schedule make_schedule(const std::vector<double>& exec_ns, double budget);

/// The order of cells in round `round`: a Fisher-Yates shuffle of 0..n-1 by std::mt19937_64(seed + round).
/// Pure, and the same with every library.
std::vector<size_t> shuffled(size_t n, std::uint64_t seed, unsigned round);

}  // namespace stackshift
