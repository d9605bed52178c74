// SPDX-License-Identifier: MIT
#include "lab/kernels.h"

#include <fmt/format.h>

#include "commands/commands.h"
#include "lab/lab.h"

namespace stackshift {

int command_kernels(const Options& options) {
    for (const BuiltKernel& kernel : lab_kernels(options, find_places(options.work))) {
        fmt::print("{:<14} {:<10} sha256 {}  {}\n", kernel.info.strategy, kernel.info.base,
                   kernel.info.image_sha256.substr(0, 16), kernel.image.string());
    }
    return 0;
}

}  // namespace stackshift
