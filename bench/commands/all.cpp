// SPDX-License-Identifier: MIT
#include <algorithm>
#include <memory>

#include "commands/command.h"

namespace stackshift {

Command main_job(CLI::App& app, const CommandContext& context) {
    struct Options {
        LabRequest lab;
        HostRequest host;
        std::string baseline;
    };
    const auto options = std::make_shared<Options>();
    add_matrix_options(app, options->lab.matrix);
    add_out_option(app, options->lab.run);
    add_exact_options(app, options->lab);
    add_baseline_option(app, options->baseline);
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
        const int exact = run_and_show(lab, options->baseline, context);
        return std::max(exact, run_and_show(host, context));
    };
    return {&app, run, &options->host.benchmark_args};
}

}  // namespace stackshift
