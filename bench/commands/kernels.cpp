// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <memory>

#include "commands/command.h"

namespace stackshift {
namespace {

int build_and_name(const KernelRequest& request, const CommandContext& context) {
    for (const BuiltKernel& kernel : contending_kernels(request, find_places(context.work))) {
        fmt::print("{:<14} {:<10} sha256 {}  {}\n", kernel.info.strategy, kernel.info.base,
                   kernel.info.image_sha256.substr(0, 16), kernel.image.string());
    }
    return 0;
}

}  // namespace

Subcommand add_kernels(CLI::App& parent, const CommandContext& context) {
    const auto request = std::make_shared<KernelRequest>();
    CLI::App* app = parent.add_subcommand("kernels", "build the kernels");
    add_kernel_options(*app, *request);
    add_config_option(*app, request->config, "configuration: a file of kernels/config, without .config");
    return {app, [request, &context] { return build_and_name(*request, context); }};
}

}  // namespace stackshift
