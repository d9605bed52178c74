// SPDX-License-Identifier: MIT
#include "matrix/exec_path.h"

namespace stackshift {
namespace {

constexpr bool in_order() {
    for (std::size_t i = 0; i < kExecPaths.size(); ++i) {
        if (kExecPaths[i].path != static_cast<ExecPath>(i)) return false;
    }
    return kExecPaths.size() == kSpellings<ExecPath>.size();
}
static_assert(in_order(), "info_of() takes the enum's value for an index");

std::uint32_t bytes_of(std::string_view text) {
    return static_cast<std::uint32_t>(text.size() + 1);
}

}  // namespace

std::string file_of(std::string_view name, Abi abi) {
    std::string file = "./" + std::string(name);
    if (name == kShellName) return file;  // a package's, under its own name
    return file + (abi == Abi::native ? "64" : "32");
}

std::vector<std::string> leading_arguments(ExecPath path, Abi abi) {
    const ExecPathInfo& info = info_of(path);
    std::vector<std::string> arguments = {file_of(info.program, abi)};
    for (const std::string_view argument : info.arguments) {
        if (!argument.empty()) arguments.emplace_back(argument);
    }
    return arguments;
}

std::uint32_t own_bytes(ExecPath path) {
    const ExecPathInfo& info = info_of(path);
    const std::string file = file_of(info.has_parent() ? info.child : info.program, Abi::native);
    // The file's name and argv[0]; of a script argv[0] goes, but its name comes back behind its interpreter's
    // (fs/binfmt_script.c).
    std::uint32_t bytes = 2 * bytes_of(file) + protocol::kStateBytes;
    if (!info.interpreter.empty()) bytes += bytes_of(file_of(info.interpreter, Abi::native));
    for (const std::string_view argument : info.arguments) {
        if (!argument.empty()) bytes += bytes_of(argument);
    }
    return bytes;
}

}  // namespace stackshift
