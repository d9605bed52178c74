// SPDX-License-Identifier: MIT
// The conformance run: boots each strategy's kernel with the programs of bench/conform/ and holds what they
// report against what the strategy declares.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "boot/verdict.h"
#include "check/deviations.h"
#include "kernels/contenders.h"
#include "run/directory.h"

namespace stackshift {

/// What a conformance run is asked for.
struct CheckRequest {
    KernelRequest kernels;
    RunRequest run;
    std::vector<std::string> groups;  ///< empty: all that the configuration can run
    std::string append;               ///< added to the guests' kernel command line
    std::uint64_t seed = 1;
    double time_limit = 0;  ///< seconds of processor time per boot; 0: by the configuration
};

/// A boot of a conformance guest.
struct CheckBoot {
    std::string strategy;
    std::string machine;
    std::string console;  ///< path of its log
    std::string message;  ///< what went wrong with the boot itself; empty where nothing did
    double seconds = 0;
};

struct CheckResult {
    std::string id;
    std::string started;  ///< RFC 3339
    std::vector<std::string> argv;
    std::string config;
    std::uint64_t seed = 0;
    std::string guest_sha256;
    std::vector<std::string> groups;
    std::vector<KernelInfo> kernels;
    std::vector<CheckBoot> boots;
    std::vector<CheckRow> rows;  ///< strategy by strategy, in the order of the tests
};

struct CheckOutcome {
    std::filesystem::path directory;
    CheckResult result;
};

/// Runs it. Failures of tests, splats and boots that end badly are rows; throws Error for what keeps it from
/// running at all.
CheckOutcome run_check(const CheckRequest& request, const Places& places);

/// The rows that one boot gives: its tests, and a row each for splats on its console and for its end
/// ("boot/serial-console", "boot/serial-end"). Pure.
std::vector<CheckRow> rows_of_boot(const std::string& strategy, const std::string& machine,
                                   const BootEvidence& evidence, const std::string& expected_version,
                                   const std::string& expected_strategy);

}  // namespace stackshift
