// SPDX-License-Identifier: MIT
#include "lab/lab.h"

#include <fmt/format.h>

#include <memory>

#include "commands/command.h"
#include "report/compare.h"
#include "results/summary.h"
#include "util/error.h"

namespace stackshift {

int run_and_show(const LabRequest& request, const std::string& baseline, const CommandContext& context) {
    const LabOutcome outcome = run_lab(request, find_places(context.work));
    CompareOptions compare;
    compare.phases = true;
    compare.baseline = baseline;
    fmt::print("{}\nresult: {}\n", compare_text({outcome.result}, compare),
               (outcome.directory / "result.json").string());
    if (!outcome.failures.empty()) {
        std::string message = fmt::format(
            "{} boots failed (finished ones are kept; --resume --out {} goes on):", outcome.failures.size(),
            outcome.directory.string());
        for (const std::string& failure : outcome.failures) message += "\n  " + failure;
        throw Error(Exit::run_failed, message);
    }
    const bool unexpected = has_unexpected_failure(outcome.result);
    return static_cast<int>(unexpected ? Exit::run_failed : Exit::ok);
}

Command add_lab(CLI::App& parent, const CommandContext& context) {
    struct Options {
        LabRequest request;
        std::string baseline;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand(
        "lab", "count execs in emulated guests, one kernel per strategy (exact instrument)");
    add_matrix_options(*app, options->request.matrix);
    add_out_option(*app, options->request.run);
    add_exact_options(*app, options->request);
    add_baseline_option(*app, options->baseline);
    app->add_option("--events", options->request.events,
                    "perf events to count in the guests too, as libpfm4 spells them (default: none)")
        ->delimiter(',');
    const auto run = [options, &context] {
        if (options->request.events == std::vector<std::string>{"none"}) options->request.events.clear();
        options->request.run.argv = context.argv;
        return run_and_show(options->request, options->baseline, context);
    };
    return {app, run};
}

}  // namespace stackshift
