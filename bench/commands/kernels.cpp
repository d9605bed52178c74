// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <sys/utsname.h>

#include <memory>

#include "commands/command.h"
#include "kernels/package.h"
#include "util/error.h"

namespace stackshift {
namespace {

int build_and_name(const KernelRequest& request, const CommandContext& context) {
    for (const BuiltKernel& kernel : contending_kernels(request, find_places(context.work))) {
        fmt::print("{:<14} {:<10} sha256 {}  {}\n", kernel.info.strategy, kernel.info.base,
                   kernel.info.image_sha256.substr(0, 16), kernel.image.string());
    }
    return 0;
}

/// Packages are of strategies: what is brought along, or a tree's, has its own way into a machine.
void require_strategies_alone(const KernelRequest& request) {
    const auto refuse = [](const char* option) {
        throw Error(Exit::usage, fmt::format("--deb makes packages of strategies: leave {} out", option));
    };
    if (!request.prebuilt.empty()) refuse("--kernel");
    if (!request.tree.empty()) refuse("--tree");
}

int build_debs(const KernelRequest& request, const std::filesystem::path& config, std::filesystem::path out,
               const CommandContext& context) {
    require_strategies_alone(request);
    const Places places = find_places(context.work);
    require_contenders(request, places);
    utsname names = {};
    uname(&names);
    const std::filesystem::path own = machine_config(config, names.release);
    out = std::filesystem::absolute(out.empty() ? places.work / "packages" : out);
    std::string files;
    for (const KernelBase& base : contending_bases(request, places)) {
        const std::vector<std::string> ported = contending_strategies(request, places, base).ported;
        for (const KernelPackage& package :
             build_packages(kernel_places(request, places), base, ported, own, out, request.jobs)) {
            fmt::print("{:<14} {}  {}\n", package.strategy, package.release, package.file.string());
            files += " " + package.file.string();
        }
    }
    fmt::print(
        "To time one: sudo apt-get install{}; boot it; ./run.sh host --out DIR. Then: ./run.sh compare DIR "
        "...\n",
        files);
    return 0;
}

}  // namespace

Subcommand add_kernels(CLI::App& parent, const CommandContext& context) {
    struct Options {
        KernelRequest kernels;
        std::string config = "bench";
        std::filesystem::path out;
        bool deb = false;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand("kernels", "build the kernels");
    add_kernel_options(*app, options->kernels);
    add_config_option(
        *app, options->config,
        "configuration: a file of kernels/config, without .config; with --deb any file (default: that "
        "of the kernel that runs here)");
    app->add_flag("--deb", options->deb, "make Debian packages, to install and time on a machine");
    app->add_option("--out", options->out,
                    "with --deb: where they go (default: packages in the work directory)");
    const auto run = [options, app, &context] {
        if (options->deb) {
            const std::filesystem::path config = app->count("--config") > 0 ? options->config : "";
            return build_debs(options->kernels, config, options->out, context);
        }
        if (!options->out.empty()) throw Error(Exit::usage, "--out is of --deb");
        options->kernels.config = options->config;
        return build_and_name(options->kernels, context);
    };
    return {app, run};
}

}  // namespace stackshift
