// SPDX-License-Identifier: MIT
// How many processors this process may use.
#pragma once

#include <filesystem>
#include <string>

namespace stackshift {

/// At least 1: the CPUs of our affinity mask, or fewer where a control group (version 2, any level) limits
/// the time that may be spent on them; a part of a CPU counts as one.
int allowed_cpus();

/// The group's part of that: whole CPUs that `membership` (/proc/PID/cgroup) allows below `root`
/// (/sys/fs/cgroup); 0 where nothing limits them.
int quota_cpus(const std::string& membership, const std::filesystem::path& root);

}  // namespace stackshift
