// SPDX-License-Identifier: MIT
#include <algorithm>

#include "commands/commands.h"
#include "util/error.h"

namespace stackshift {

int command_all(const Options& options, const HostOptions& host) {
    Options lab = options;
    Options clock = options;
    // One instrument a file, and so one directory each.
    if (!options.out.empty()) {
        lab.out = options.out / "lab";
        clock.out = options.out / "host";
    }
    clock.resume = false;
    const int exact = command_lab(lab);
    return std::max(exact, command_host(clock, host));
}

}  // namespace stackshift
