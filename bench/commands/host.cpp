// SPDX-License-Identifier: MIT
#include "host/host.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "commands/command.h"
#include "host/perf_record.h"
#include "report/perf_text.h"
#include "results/summary.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

int record(const HostRequest& host, const std::filesystem::path& files, const CommandContext& context) {
    const std::filesystem::path directory = std::filesystem::absolute(files);
    const PerfRecording recording =
        record_with_perf({host.matrix, directory, host.cpu, host.budget}, find_places(context.work));
    const std::string text = perf_text(recording);
    write_file_atomically(directory / "shares.txt", text);
    fmt::print("{}\nfiles: {} (perf report -i FILE)\n", text, directory.string());
    const bool none = std::all_of(recording.cells.begin(), recording.cells.end(),
                                  [](const RecordedCell& cell) { return !cell.failure.empty(); });
    return static_cast<int>(none ? Exit::run_failed : Exit::ok);
}

}  // namespace

std::FILE* reading_stream(const BenchmarkFlags& flags) {
    return flags.machine_readable() ? stderr : stdout;
}

void print_cell_names(const HostRequest& request) {
    for (const PlannedCell& planned : request.benchmark.select(select_plan(request.matrix)).cells)
        fmt::print("{}\n", planned.cell.name());
}

int exit_code(const HostOutcome& outcome) {
    return static_cast<int>(has_unexpected_failure(outcome.result) ? Exit::run_failed : Exit::ok);
}

Subcommand add_host(CLI::App& parent, const CommandContext& context) {
    struct Options {
        HostRequest request;
        std::vector<std::string> benchmark_args;
        std::filesystem::path perf_record;
        CompareOptions compare;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand("host", "time the running kernel's execs (clock instrument)");
    add_matrix_options(*app, options->request.matrix);
    add_out_option(*app, options->request.run);
    add_clock_options(*app, options->request);
    add_show_options(*app, options->compare);
    app->add_option(
        "--perf-record", options->perf_record,
        "instead of timing, run the cells under perf, its files in this directory, and show where "
        "an exec spends its time");
    app->footer(
        "Google Benchmark's flags work too: --benchmark_filter, _repetitions, _format, _out, _out_format, "
        "_list_tests, _report_aggregates_only, _display_aggregates_only, _context and _time_unit");
    const auto run = [options, app, &context] {
        HostRequest& request = options->request;
        options->compare.events = app->count("--events") > 0;
        if (request.events == std::vector<std::string>{"none"}) request.events.clear();
        request.run.argv = context.argv;
        if (!options->perf_record.empty()) {
            if (!options->benchmark_args.empty()) {
                throw Error(Exit::usage,
                            fmt::format("--perf-record times nothing: leave {} out, or make two runs",
                                        options->benchmark_args.front()));
            }
            return record(request, options->perf_record, context);
        }
        request.benchmark = parse_benchmark_flags(options->benchmark_args);
        if (request.benchmark.list) {
            print_cell_names(request);
            return static_cast<int>(Exit::ok);
        }
        const HostOutcome outcome = run_host(request, find_places(context.work));
        std::FILE* const out = reading_stream(request.benchmark);
        fmt::print(out, "{}\n", compare_text({outcome.result}, options->compare));
        print_place(out, outcome.directory, options->compare.all);
        return exit_code(outcome);
    };
    return {app, run, &options->benchmark_args};
}

}  // namespace stackshift
