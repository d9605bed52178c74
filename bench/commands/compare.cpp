// SPDX-License-Identifier: MIT
#include "report/compare.h"

#include <fmt/format.h>

#include <memory>

#include "commands/command.h"
#include "report/joined.h"

namespace stackshift {

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
        fmt::print("{}", compare_text(joined_by_strategy(load_results(options->files, "lab", context)),
                                      options->compare));
        return 0;
    };
    return {app, run};
}

}  // namespace stackshift
