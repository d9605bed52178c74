// SPDX-License-Identifier: MIT
#include "gate/reference.h"

#include <fmt/format.h>

#include <memory>

#include "commands/command.h"
#include "kernels/source.h"
#include "results/load.h"
#include "results/save.h"

namespace stackshift {
namespace {

int write_reference(std::filesystem::path from, std::filesystem::path out, const CommandContext& context) {
    if (std::filesystem::is_directory(from)) from /= "result.json";
    const Places places = find_places(context.work);
    if (out.empty()) out = places.references;
    const Result result = load_result(from);
    const std::string base =
        result.kernels.empty() ? kDefaultBase : split_kernel_name(result.kernels.front().strategy).second;
    const KernelPlaces kernels = kernel_places({}, places);
    const KernelSource source = find_source({}, read_base(kernels.bases, base), kernels.build / ".work");
    const Result reference = make_reference(result, source.content);
    const std::filesystem::path file = out / reference_name(reference);
    save_result(reference, file);
    fmt::print("reference: {} ({} cells of {} kernels)\n", file.string(), reference.cells.size(),
               reference.kernels.size());
    return 0;
}

}  // namespace

Subcommand add_reference(CLI::App& parent, const CommandContext& context) {
    struct Options {
        std::filesystem::path from;
        std::filesystem::path out;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand(
        "reference", "make a reference of a lab run: what `verify` reproduces bit for bit");
    app->add_option("--from", options->from, "result.json of a whole profile, or the directory that holds it")
        ->required();
    app->add_option("--out", options->out, "directory (default: results/reference)");
    return {app, [options, &context] { return write_reference(options->from, options->out, context); }};
}

}  // namespace stackshift
