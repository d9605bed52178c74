// SPDX-License-Identifier: MIT
#include "run_tool.h"

#include <gtest/gtest.h>

#include "util/files.h"

namespace stackshift {

ToolRun run_program(const std::vector<std::string>& argv,
                    const std::vector<std::pair<std::string, std::string>>& variables) {
    const TemporaryDirectory directory;
    Command command;
    command.argv = argv;
    command.variables = variables;
    command.output = directory.path / "out";
    command.errors = directory.path / "err";
    ToolRun result;
    result.code = run(command).code;
    result.out = read_file_or(command.output, "");
    result.err = read_file_or(command.errors, "");
    return result;
}

ToolRun run_tool(const std::vector<std::string>& arguments,
                 const std::vector<std::pair<std::string, std::string>>& variables) {
    std::vector<std::string> argv = {STACKSHIFT};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return run_program(argv, variables);
}

void install_to(const std::filesystem::path& prefix) {
    const ToolRun install = run_program({"cmake", "--install", BUILD_DIR, "--prefix", prefix.string()});
    ASSERT_EQ(install.code, 0) << install.err;
}

}  // namespace stackshift
