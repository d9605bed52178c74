// SPDX-License-Identifier: MIT
#include "lab/lab.h"

#include <fmt/format.h>

#include <memory>

#include "commands/command.h"
#include "results/summary.h"
#include "util/error.h"

namespace stackshift {

void show_first_answer(const Result& result) {
    fmt::print(stderr, "first answer ({} alone; the others are being built):\n{}",
               result.kernels.front().strategy, first_answer_text(result));
}

int exit_code(const LabOutcome& outcome) {
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

void print_place(std::FILE* out, const std::filesystem::path& directory, bool all) {
    fmt::print(out, "result: {}{}\n", (directory / "result.json").string(),
               all ? "" : " (every table: compare --all FILE)");
}

Subcommand add_lab(CLI::App& parent, const CommandContext& context) {
    struct Options {
        LabRequest request;
        CompareOptions compare;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand(
        "lab", "count execs in emulated guests, one kernel per strategy (exact instrument)");
    add_matrix_options(*app, options->request.matrix);
    add_out_option(*app, options->request.run);
    add_exact_options(*app, options->request);
    add_config_option(*app, options->request.kernels.config,
                      "configuration of the kernels: bench, or distro (what distributions ship)");
    app->add_option_function<std::vector<std::string>>(
           "--guest",
           [options](const std::vector<std::string>& texts) {
               options->request.axes = parse_guest_axes(texts);
           },
           "what the guests have beyond the usual: la57=on, pti=on, possible-cpus=N (with --config distro)")
        ->delimiter(',');
    app->add_flag(
        "--paired-draws", options->request.kernels.paired_draws,
        "let the same exec draw the same addresses in every kernel, so that differences are the code's "
        "(with a patch; such counts are compared with their like only)");
    add_show_options(*app, options->compare);
    app->add_option("--events", options->request.events,
                    "perf events to count in the guests too, as libpfm4 spells them (default: none)")
        ->delimiter(',');
    const auto run = [options, &context] {
        if (options->request.events == std::vector<std::string>{"none"}) options->request.events.clear();
        options->request.run.argv = context.argv;
        options->compare.events = !options->request.events.empty();
        const LabOutcome outcome = run_lab(options->request, find_places(context.work), show_first_answer);
        fmt::print("{}\n", compare_text({outcome.result}, options->compare));
        print_place(stdout, outcome.directory, options->compare.all);
        return exit_code(outcome);
    };
    return {app, run};
}

}  // namespace stackshift
