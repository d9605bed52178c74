// SPDX-License-Identifier: MIT
#include "lab/bisect.h"

#include <fmt/format.h>

#include <memory>

#include "commands/command.h"
#include "util/cpus.h"
#include "util/error.h"

namespace stackshift {
namespace {

int bisect_and_show(const BisectRequest& request, const CommandContext& context) {
    const Places places = find_places(context.work);
    if (!request.test.empty()) return run_bisect_test(request, places);
    const BisectOutcome outcome = run_bisect(request, places);
    fmt::print("{}result: {}\n", bisect_text(outcome), (outcome.directory / "bisect.json").string());
    return static_cast<int>(outcome.steps.empty() ? Exit::check_failed : Exit::ok);
}

}  // namespace

Subcommand add_bisect(CLI::App& parent, const CommandContext& context) {
    const auto request = std::make_shared<BisectRequest>();
    request->kernels.jobs = allowed_cpus();
    CLI::App* app = parent.add_subcommand("bisect", "find the commits of a Linux git tree that moved a cell");
    app->add_option("--tree", request->kernels.tree, "the git tree (Linux 6.1 or newer)");
    app->add_option("--good", request->good, "the revision before the move");
    app->add_option("--bad", request->bad, "a revision behind it");
    app->add_option("--cell", request->cell, "the cell's whole name; `list --profile full` shows them");
    app->add_option("--at-least", request->at_least,
                    "what counts as a move, in instructions (default: half of what lies between the ends)")
        ->check(CLI::PositiveNumber);
    app->add_option("--test", request->test,
                    "do not search, tell where this revision is: exit code 0 as good, 1 as bad, 125 unknown "
                    "(for `git bisect run`)");
    app->add_option("--seeds", request->seeds, "boots per kernel")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    app->add_option("--jobs", request->kernels.jobs, "compilers side by side")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    add_config_option(*app, request->kernels.config,
                      "configuration: a file of kernels/config, without .config");
    add_out_option(*app, request->run);
    return {app, [request, &context] {
                request->run.argv = context.argv;
                return bisect_and_show(*request, context);
            }};
}

}  // namespace stackshift
