// SPDX-License-Identifier: MIT
// Runs the built command as a user would, and keeps what it said.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support/temporary_directory.h"
#include "util/process.h"

namespace stackshift {

struct ToolRun {
    int code = -1;
    std::string out;
    std::string err;
};

/// Runs `argv` to its end; stdin is empty.
ToolRun run_program(const std::vector<std::string>& argv,
                    const std::vector<std::pair<std::string, std::string>>& variables = {});

/// Runs the built stackshift.
ToolRun run_tool(const std::vector<std::string>& arguments,
                 const std::vector<std::pair<std::string, std::string>>& variables = {});

/// A copy as `cmake --install` makes it, so that a test may change its data.
void install_to(const std::filesystem::path& prefix);

}  // namespace stackshift
