// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <memory>

#include "commands/command.h"
#include "kernels/config.h"
#include "kernels/series.h"
#include "kernels/strategy_folder.h"
#include "report/strategy_text.h"
#include "run/timings.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

int print_timings(const Places& places) {
    bool any = false;
    // run.sh leaves it where it has built the suite: "312.4" seconds of processor time.
    const std::string suite = read_file_or(places.work / "suite-processor-seconds", "");
    if (!suite.empty()) {
        Timings of_suite;
        of_suite.add("processor time of building the suite", std::strtod(suite.c_str(), nullptr) / 60, "min");
        fmt::print("suite:\n{}", of_suite.text());
    }
    for (const char* command : {"lab", "host"}) {
        const std::filesystem::path run = latest_run(places.runs(), command, "timings.json");
        if (run.empty()) continue;
        any = true;
        fmt::print("{}:\n{}", run.filename().string(), Timings::load(run).text());
    }
    if (!any) throw Error(Exit::usage, "no timings yet: make a run first (lab or host)");
    return 0;
}

int list_strategy(const std::string& name, const KernelPlaces& kernels, const KernelBase& base) {
    const Strategy strategy = read_strategy(kernels, name, base.name);
    std::vector<ConfigOption> options;
    for (const std::filesystem::path& path : strategy.config_fragments) {
        options = merge_configs(options, parse_config(read_file(path), folder_label(path)));
    }
    SeriesTrial trial;
    if (!strategy.patches.empty() && strategy.unported.empty()) trial = try_series(kernels, base, strategy);
    fmt::print("{}", strategy_text(strategy, options, trial));
    // As a build would end.
    const bool applies = trial.verdict != SeriesTrial::Verdict::does_not_apply;
    return static_cast<int>(applies ? Exit::ok : Exit::run_failed);
}

int list_all(const MatrixRequest& request, const KernelPlaces& kernels) {
    const Plan plan = select_plan(request);
    const std::vector<KernelBase> bases = list_bases(kernels.bases);
    fmt::print("bases, for --base:\n");
    for (const KernelBase& base : bases) fmt::print("  {:<5} {}\n", base.name, base.about);
    fmt::print("\nstrategies (* runs by default), and the bases that they are ported to:\n");
    for (const Strategy& strategy : list_strategies(kernels)) {
        fmt::print("{} {:<20} {:<9} {}\n", strategy.by_default ? '*' : ' ', strategy.name,
                   fmt::format("{}", fmt::join(ported_bases(kernels, strategy.name, bases), " ")),
                   strategy.about);
    }
    fmt::print("\ncells of profile {} and their execs per chain:\n", request.profile);
    for (const PlannedCell& cell : plan.cells) fmt::print("  {:<44} {:>4}\n", cell.cell.name(), cell.execs);
    fmt::print("{} cells; profiles: smoke, quick, full\n", plan.cells.size());
    return 0;
}

}  // namespace

Subcommand add_list(CLI::App& parent, const CommandContext& context) {
    struct Options {
        MatrixRequest matrix;
        KernelRequest kernels;
        std::string strategy;
        bool timings = false;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand("list", "strategies and cells; all about one strategy");
    app->add_option("STRATEGY", options->strategy,
                    "what its folder says, whether its patches apply, and what is missing");
    add_matrix_options(*app, options->matrix);
    add_source_option(*app, options->kernels);
    add_base_option(*app, options->kernels);
    app->add_flag("--timings", options->timings, "how long the parts of the last runs took");
    const auto run = [options, &context] {
        const Places places = find_places(context.work);
        if (options->timings) return print_timings(places);
        const KernelPlaces kernels = kernel_places(options->kernels, places);
        return options->strategy.empty() ? list_all(options->matrix, kernels)
                                         : list_strategy(options->strategy, kernels,
                                                         contending_bases(options->kernels, places).front());
    };
    return {app, run};
}

}  // namespace stackshift
