// SPDX-License-Identifier: MIT
// What the commands have in common on the command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "matrix/matrix.h"
#include "places.h"

namespace stackshift {

struct Options {
    std::vector<std::string> strategies;  ///< empty: those that run by default
    std::vector<std::pair<std::string, std::filesystem::path>> prebuilt;  ///< --kernel NAME=IMAGE
    std::filesystem::path kernel_source;
    std::string config = "bench";  ///< kernels/config/NAME.config; counts and times are of bench only
    std::string profile = "quick";
    std::string filter;
    std::uint64_t seeds = 0;  ///< 0: as the profile says
    std::filesystem::path out;
    std::filesystem::path work;
    int jobs = 1;
    bool resume = false;
    std::vector<std::string> events;  ///< perf events to count in guests, as libpfm4 spells them
    double timeout = 0;               ///< seconds a boot; 0: by the plan
    std::string baseline;
    std::vector<std::string> argv;  ///< the command line as typed, for the result
};

/// The profile's plan after the filter. Throws Error{usage} for an unknown profile (with the nearest), a
/// filter that is no regular expression or one that matches nothing.
Plan planned(const Options& options);

/// The run's directory: --out, or runs/<id> with the id that is returned ("20260101T120000Z-lab"). Not yet
/// made.
std::filesystem::path run_directory(const Options& options, const Places& places, const std::string& command,
                                    std::string& id);

/// "2026-01-01T12:00:00Z" of now (RFC 3339).
std::string timestamp();

/// The newest directory below `runs` whose name ends with `suffix` and that holds `file`; empty where there
/// is none.
std::filesystem::path latest_run(const std::filesystem::path& runs, const std::string& suffix,
                                 const char* file);

}  // namespace stackshift
