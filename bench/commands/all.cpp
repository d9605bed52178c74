// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "commands/command.h"

namespace stackshift {

namespace {

/// Last, so that what was found is what stands on the screen.
void show(const LabOutcome& exact, const HostOutcome& clock, const CompareOptions& options) {
    if (options.all) {
        CompareOptions of_clock = options;
        of_clock.baseline.clear();
        fmt::print("{}\n{}\n", compare_text({exact.result}, options), compare_text({clock.result}, of_clock));
    } else {
        fmt::print("{}\n", answer_text({&exact.result, &clock.result}, options));
    }
    print_place(exact.directory, options.all);
    print_place(clock.directory, options.all);
}

}  // namespace

Subcommand main_job(CLI::App& app, const CommandContext& context) {
    struct Options {
        LabRequest lab;
        HostRequest host;
        CompareOptions compare;
    };
    const auto options = std::make_shared<Options>();
    add_matrix_options(app, options->lab.matrix);
    add_out_option(app, options->lab.run);
    add_exact_options(app, options->lab);
    add_show_options(app, options->compare);
    add_clock_options(app, options->host);
    const auto run = [options, &context] {
        LabRequest& lab = options->lab;
        HostRequest& host = options->host;
        if (host.events == std::vector<std::string>{"none"}) host.events.clear();
        lab.run.argv = host.run.argv = context.argv;
        host.matrix = lab.matrix;
        // One instrument per file, and so one directory each.
        if (!lab.run.out.empty()) {
            host.run.out = lab.run.out / "host";
            lab.run.out /= "lab";
        }
        const Places places = find_places(context.work);
        const LabOutcome exact = run_lab(lab, places, show_first_answer);
        const HostOutcome clock = run_host(host, places);
        show(exact, clock, options->compare);
        return std::max(exit_code(exact), exit_code(clock));
    };
    return {&app, run, &options->host.benchmark_args};
}

}  // namespace stackshift
