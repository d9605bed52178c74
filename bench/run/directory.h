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

/// Holds a run's directory against other runs: flock() on it, which the kernel lets go of with this process,
/// however that ends.
class RunLock {
  public:
    /// Throws Error{usage} where another run has it, Error{environment} where it cannot be opened.
    explicit RunLock(const std::filesystem::path& directory);
    ~RunLock();
    RunLock(RunLock&& other) noexcept;
    RunLock(const RunLock&) = delete;
    RunLock& operator=(const RunLock&) = delete;

  private:
    int fd_ = -1;
};

/// A run's identity and place, which is its own as long as this lives.
struct RunDirectory {
    std::string id;  ///< "20260101T120000Z-lab"
    std::filesystem::path path;
    RunLock lock;
};

/// Makes the directory of a run of `command`, or takes that which is there, without what a killed run has
/// left half written. Throws Error{usage} where there is nothing to resume, and as RunLock does.
RunDirectory run_directory(const RunRequest& request, const Places& places, const std::string& command);

/// "2026-01-01T12:00:00Z" of now (RFC 3339).
std::string timestamp();

/// The newest directory below `runs` of a run of `command` that holds `file` ("": any); empty where there is
/// none.
std::filesystem::path latest_run(const std::filesystem::path& runs, const std::string& command,
                                 const char* file);

}  // namespace stackshift
