// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "commands/command.h"
#include "util/error.h"

namespace stackshift {

namespace {

/// Last, so that what was found is what stands on the screen. `clock` is null where nothing could be timed.
void show(std::FILE* out, const LabOutcome& exact, const HostOutcome* clock, const CompareOptions& options) {
    if (options.all) {
        CompareOptions of_clock = options;
        of_clock.baseline.clear();
        fmt::print(out, "{}\n", compare_text({exact.result}, options));
        if (clock != nullptr) fmt::print(out, "{}\n", compare_text({clock->result}, of_clock));
    } else {
        std::vector<const Result*> results = {&exact.result};
        if (clock != nullptr) results.push_back(&clock->result);
        fmt::print(out, "{}\n", answer_text(results, options));
    }
    print_place(out, exact.directory, options.all);
    if (clock != nullptr) print_place(out, clock->directory, options.all);
}

/// The page of all that was measured, beside the counts.
void report(std::FILE* out, const LabOutcome& exact, const HostOutcome* clock,
            const CommandContext& context) {
    ReportRequest request;
    request.inputs.exact = {exact.result};
    if (clock != nullptr) request.inputs.clock = {clock->result};
    const Places places = find_places(context.work);
    request.sizes = sizes_of(evidence_of(request.inputs), context);
    request.about = strategy_lines(places);
    fmt::print(out, "report: {}\n", write_report(request, exact.directory / "report", places).string());
}

/// Exact, then clock. Where this machine cannot time anything, what was counted is shown all the same.
int run_both(const LabRequest& lab, const HostRequest& host, const CompareOptions& compare,
             const CommandContext& context) {
    const Places places = find_places(context.work);
    std::FILE* const out = reading_stream(host.benchmark);
    const LabOutcome exact = run_lab(lab, places, show_first_answer);
    std::optional<HostOutcome> clock;
    try {
        clock = run_host(host, places);
    } catch (const Error& error) {
        if (error.code != Exit::environment) throw;
        show(out, exact, nullptr, compare);
        report(out, exact, nullptr, context);
        throw;
    }
    show(out, exact, &*clock, compare);
    report(out, exact, &*clock, context);
    return std::max(exit_code(exact), exit_code(*clock));
}

}  // namespace

Subcommand main_job(CLI::App& app, const CommandContext& context) {
    struct Options {
        LabRequest lab;
        HostRequest host;
        CompareOptions compare;
        std::vector<std::string> benchmark_args;
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
        // Before anything is built: a mistake here should not show after minutes.
        host.benchmark = parse_benchmark_flags(options->benchmark_args);
        if (host.benchmark.list) {
            print_cell_names(host);
            return static_cast<int>(Exit::ok);
        }
        host.benchmark.select(select_plan(host.matrix));
        return run_both(lab, host, options->compare, context);
    };
    return {&app, run, &options->benchmark_args};
}

}  // namespace stackshift
