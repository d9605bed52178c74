// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "commands/commands.h"
#include "lab/kernels.h"
#include "timings.h"
#include "util/error.h"

namespace stackshift {
namespace {

void print_timings(const Places& places) {
    bool any = false;
    for (const char* command : {"-lab", "-host"}) {
        const std::filesystem::path run = latest_run(places.runs(), command, "timings.json");
        if (run.empty()) continue;
        any = true;
        fmt::print("{}:\n{}", run.filename().string(), Timings::load(run).text());
    }
    if (!any) throw Error(Exit::usage, "no timings yet: make a run first (lab or host)");
}

}  // namespace

int command_list(const Options& options, bool timings) {
    const Places places = find_places(options.work);
    if (timings) {
        print_timings(places);
        return 0;
    }
    KernelPlaces kernels;
    kernels.patches = places.kernels / "patches";
    fmt::print("strategies (* runs by default):\n");
    for (const Strategy& strategy : list_strategies(kernels)) {
        fmt::print("{} {:<16} {}\n", strategy.by_default ? '*' : ' ', strategy.name, strategy.about);
    }
    const Plan plan = planned(options);
    fmt::print("\ncells of profile {} and their execs a chain:\n", options.profile);
    for (const PlannedCell& cell : plan.cells) fmt::print("  {:<44} {:>4}\n", cell.cell.name(), cell.execs);
    fmt::print("{} cells; profiles: smoke, quick, full\n", plan.cells.size());
    return 0;
}

}  // namespace stackshift
