// SPDX-License-Identifier: MIT
// The directory of one run, below runs/ or where the user says.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "run/places.h"

namespace stackshift {

/// What every run is told beside what it measures.
struct RunRequest {
    std::filesystem::path out;      ///< --out; empty: runs/<id>
    bool resume = false;            ///< go on from the whole boots in `out`, or of the latest run
    std::vector<std::string> argv;  ///< the command line as typed, for the result
};

/// A run's identity and place.
struct RunDirectory {
    std::string id;  ///< "20260101T120000Z-lab"
    std::filesystem::path path;
};

/// The directory of a run of `command`, not made yet. Throws Error{usage} where there is nothing to resume.
RunDirectory run_directory(const RunRequest& request, const Places& places, const std::string& command);

/// "2026-01-01T12:00:00Z" of now (RFC 3339).
std::string timestamp();

/// The newest directory below `runs` of a run of `command` that holds `file` ("": any); empty where there is
/// none.
std::filesystem::path latest_run(const std::filesystem::path& runs, const std::string& command,
                                 const char* file);

}  // namespace stackshift
