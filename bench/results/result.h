// SPDX-License-Identifier: MIT
// The result of one run as it stands in result.json (results/schema/stackshift-result-2.schema.json).
// Everything that is shown is made from this alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "matrix/cell.h"
#include "matrix/status.h"

namespace stackshift {

inline constexpr int kSchemaVersion = 2;

/// What a result was measured with. Never mixed: not in a file, not in a table.
enum class Instrument {
    exact,  ///< instructions, in emulated guests
    clock,  ///< time, on the running kernel
};
template <>
inline constexpr std::array kSpellings<Instrument> = {Spelling<Instrument>{Instrument::exact, "exact"},
                                                      Spelling<Instrument>{Instrument::clock, "clock"}};

/// One measured quantity of a cell. `samples` are in order of execution, seeds one after the other.
struct Metric {
    std::string unit;              ///< "instructions", "ns", "1" (a count an exec)
    std::string better = "lower";  ///< "lower", "higher" or "none"
    std::vector<double> samples;   ///< empty in a committed reference, which has samples_sha256 instead
    /// Number of samples of each seed (exact) or round (clock), in order; their sum is n.
    std::vector<std::uint64_t> groups;
    std::string samples_sha256;  ///< of the samples' canonical text; empty where samples are there

    // The summary, written beside the samples (from them where they are there).
    std::uint64_t n = 0;
    double median = 0;  ///< exact: the median of the seeds' medians; clock: the median of all samples
    double mean = 0;
    double min = 0;
    double max = 0;
    std::vector<double> group_medians;  ///< the median within each group (seed or round)
};

/// What a kernel on the host is called that no strategy's name is known of.
inline constexpr const char* kRunning = "running";

/// One cell of one strategy: measured, failed or unavailable, but never missing.
struct CellResult {
    Cell cell;
    std::string strategy;  ///< the kernel's name
    CellStatus status = CellStatus::ok;
    std::string reason;    ///< why it is not ok
    bool expected = true;  ///< false: a failure that its strategy does not declare
    std::map<std::string, Metric> metrics;
    /// Metrics (or groups of them: "phase") that could not be read here, with the reason. Never a zero
    /// instead.
    std::map<std::string, std::string> unavailable;
};

struct PatchInfo {
    std::string file;
    std::string sha256;
};

/// An option of the configuration that has alternatives, for kernels that do not have it.
struct ConfigIntent {
    std::string asked;   ///< "CONFIG_PREEMPT_NONE=y"
    std::string became;  ///< the same, "CONFIG_PREEMPT_LAZY=y", or "nothing"
    bool operator==(const ConfigIntent&) const = default;
};

/// One contender: a kernel and all that made it.
struct KernelInfo {
    std::string strategy;
    std::string base;  ///< "6.12.117"
    std::string config;
    std::string config_sha256;
    std::vector<PatchInfo> patches;
    std::string image_sha256;
    std::string compiler;
    std::vector<ConfigIntent> intents = {};  ///< empty for a prebuilt or running kernel
    std::string commit = {};                 ///< of a git tree's revision: its whole hash; else empty
    std::string subject = {};                ///< and its message's first line
};

struct RunInfo {
    std::string id;
    std::string started;  ///< RFC 3339
    Instrument instrument = Instrument::exact;
    std::string profile;
    std::string suite_version;
    std::vector<std::string> argv;
    std::vector<std::uint64_t> seeds;
    std::string plan_sha256;
    std::string guest_sha256;  ///< empty on the host
    std::string cmdline;       ///< the guest's kernel command line; empty on the host
    std::vector<std::string> emulator_args;
};

struct Result {
    RunInfo run;
    nlohmann::ordered_json environment = nlohmann::ordered_json::object();  ///< free-form, see the schema
    std::vector<KernelInfo> kernels;
    std::vector<CellResult> cells;
};

}  // namespace stackshift
