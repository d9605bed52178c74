// SPDX-License-Identifier: MIT
// The commands behind the command line, one file each. All return an exit code and throw Error.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "check/check.h"
#include "host/host.h"
#include "options.h"

namespace stackshift {

/// No command: the exact instrument, then the clock, with their tables.
int command_all(const Options& options, const HostOptions& host);
int command_lab(const Options& options);
int command_host(const Options& options, const HostOptions& host);
/// Conformance tests in every kernel.
int command_check(const Options& options, const CheckOptions& check);
/// One chain of one cell and nothing else, to be watched from outside. `execs` 0: as many as a plan has.
int command_chain(const Options& options, const HostOptions& host, const std::string& cell, unsigned execs);
int command_kernels(const Options& options);
/// `files`: result.json files or directories that hold one; empty: the latest lab run.
int command_compare(const Options& options, const std::vector<std::filesystem::path>& files);
int command_list(const Options& options, bool timings);

}  // namespace stackshift
