// SPDX-License-Identifier: MIT
// The smallest run of the lab: what tests disturb, and hold against one that nobody disturbed.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "run_tool.h"

namespace stackshift {

/// The arguments of a run of four boots, two side by side, of an image that is built where it has not been.
std::vector<std::string> small_run(const std::filesystem::path& out,
                                   const std::vector<std::string>& more = {});

/// What a run found, bit for bit: each cell's samples by kernel, cell and metric.
std::map<std::string, std::vector<double>> samples_of(const std::filesystem::path& run);

/// What a run has finished: the kept boots' texts by file, and when each was written.
using KeptBoots = std::map<std::string, std::pair<std::string, std::filesystem::file_time_type>>;
KeptBoots kept_boots(const std::filesystem::path& run);

/// Emulators whose command line names this directory.
std::vector<pid_t> guests_in(const std::filesystem::path& run);

/// Waits for the end of all of them: a second, and longer for what is being killed. False where one is left,
/// which is shown.
bool guests_end(const std::filesystem::path& run);

/// Files below a directory that are not whole.
std::vector<std::string> half_written(const std::filesystem::path& directory);

}  // namespace stackshift
