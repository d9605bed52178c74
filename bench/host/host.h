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
    std::filesystem::path perf_record;        ///< where perf's files go; empty: cells are timed, not recorded
    std::vector<std::string> benchmark_args;  ///< Google Benchmark's own flags (--benchmark_out=...)
};

struct HostOutcome {
    Result result;
    std::filesystem::path directory;
};

/// For a chain on this machine; one that takes so long hangs.
inline constexpr int kChainTimeLimitMs = 30'000;

/// Runs the profile's cells on this machine and writes DIR/result.json.
HostOutcome run_host(const Options& options, const HostOptions& host, const Places& places);

/// How a sweep's time is spent.
struct Schedule {
    unsigned rounds = 0;
    double seconds = 0;  ///< what it will take
};

/// Chooses the rounds from what a chain of each cell took (ns, everything around its execs included) so that
/// they fit `budget` seconds: 5 to 50 (5 even where that takes longer: fewer give no interval). The execs of
/// a chain are the plan's, so that Google Benchmark's times, which are of whole chains, compare between runs.
/// Pure.
Schedule make_schedule(const std::vector<double>& chain_ns, double budget);

/// The order of cells in round `round`: a Fisher-Yates shuffle of 0..n-1 by std::mt19937_64(seed + round).
/// Pure, and the same with every library.
std::vector<size_t> shuffled(size_t n, std::uint64_t seed, unsigned round);

}  // namespace stackshift
