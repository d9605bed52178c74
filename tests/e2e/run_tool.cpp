// SPDX-License-Identifier: MIT
#include "run_tool.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "util/files.h"

namespace stackshift {
namespace {

std::filesystem::path make_temporary() {
    std::string name = (std::filesystem::temp_directory_path() / "stackshift-test-XXXXXX").string();
    return mkdtemp(name.data()) != nullptr ? name : "";
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() : path(make_temporary()) {}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code error;
    std::filesystem::remove_all(path, error);
}

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
