// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <memory>

#include "commands/command.h"
#include "run/timings.h"
#include "util/error.h"

namespace stackshift {
namespace {

int print_timings(const Places& places) {
    bool any = false;
    for (const char* command : {"lab", "host"}) {
        const std::filesystem::path run = latest_run(places.runs(), command, "timings.json");
        if (run.empty()) continue;
        any = true;
        fmt::print("{}:\n{}", run.filename().string(), Timings::load(run).text());
    }
    if (!any) throw Error(Exit::usage, "no timings yet: make a run first (lab or host)");
    return 0;
}

int list_all(const MatrixRequest& request, const Places& places) {
    KernelPlaces kernels;
    kernels.patches = places.kernels / "patches";
    fmt::print("strategies (* runs by default):\n");
    for (const Strategy& strategy : list_strategies(kernels)) {
        fmt::print("{} {:<16} {}\n", strategy.by_default ? '*' : ' ', strategy.name, strategy.about);
    }
    const Plan plan = select_plan(request);
    fmt::print("\ncells of profile {} and their execs per chain:\n", request.profile);
    for (const PlannedCell& cell : plan.cells) fmt::print("  {:<44} {:>4}\n", cell.cell.name(), cell.execs);
    fmt::print("{} cells; profiles: smoke, quick, full\n", plan.cells.size());
    return 0;
}

}  // namespace

Subcommand add_list(CLI::App& parent, const CommandContext& context) {
    struct Options {
        MatrixRequest matrix;
        bool timings = false;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand("list", "strategies and cells");
    add_matrix_options(*app, options->matrix);
    app->add_flag("--timings", options->timings, "how long the parts of the last runs took");
    const auto run = [options, &context] {
        const Places places = find_places(context.work);
        return options->timings ? print_timings(places) : list_all(options->matrix, places);
    };
    return {app, run};
}

}  // namespace stackshift
