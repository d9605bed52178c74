// SPDX-License-Identifier: MIT
#include "report/compare.h"

#include <fmt/format.h>

#include <memory>

#include "commands/command.h"
#include "results/load.h"
#include "util/error.h"

namespace stackshift {
namespace {

/// The results in these files, or directories that hold one; the latest exact run's where none is named.
std::vector<Result> load_results(std::vector<std::filesystem::path> paths, const CommandContext& context) {
    if (paths.empty()) {
        const std::filesystem::path runs = find_places(context.work).runs();
        paths.push_back(latest_run(runs, "lab", "result.json"));
        if (paths.back().empty()) {
            throw Error(Exit::usage,
                        fmt::format("no result to compare: name a result.json, or make one first (lab); "
                                    "there is none in {}",
                                    runs.string()));
        }
    }
    std::vector<Result> results;
    for (std::filesystem::path& path : paths) {
        if (std::filesystem::is_directory(path)) path /= "result.json";
        results.push_back(load_result(path));
    }
    return results;
}

}  // namespace

Subcommand add_compare(CLI::App& parent, const CommandContext& context) {
    struct Options {
        std::vector<std::filesystem::path> files;
        CompareOptions compare;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* app =
        parent.add_subcommand("compare", "tables from result files (default: the latest lab run)");
    app->add_option("results", options->files, "result.json files, or directories that hold one");
    add_show_options(*app, options->compare);
    app->add_option("--filter", options->compare.filter,
                    "only cells whose name matches this regular expression");
    const auto run = [options, &context] {
        fmt::print("{}", compare_text(load_results(options->files, context), options->compare));
        return 0;
    };
    return {app, run};
}

}  // namespace stackshift
