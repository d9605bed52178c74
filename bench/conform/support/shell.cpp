// SPDX-License-Identifier: MIT
#include "conform/support/shell.h"

#include <cstdlib>
#include <cstring>
#include <string>

#include "util/read_text.h"

namespace stackshift {

bool is_called_shell(const char* name) {
    return std::strcmp(name, kShell) == 0;
}

int run_shell(int argc, char** argv) {
    constexpr int kNoSuchCommand = 127;
    if (argc < 2) return kNoSuchCommand;
    const std::string script = read_text(argv[1]);
    if (script.find("\nexit $*\n") == std::string::npos) return kNoSuchCommand;
    return argc > 2 ? std::atoi(argv[2]) : 0;
}

}  // namespace stackshift
