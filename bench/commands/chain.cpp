// SPDX-License-Identifier: MIT
#include "exec/chain.h"

#include <fmt/format.h>

#include <memory>

#include "commands/command.h"
#include "util/error.h"
#include "util/interrupt.h"
#include "util/progress.h"
#include "util/tsc.h"

namespace stackshift {
namespace {

struct ChainOptions {
    std::string cell;
    unsigned execs = 0;
    int cpu = -1;
};

int run_one_chain(const ChainOptions& options, const CommandContext& context) {
    const std::optional<Cell> cell = parse_cell(options.cell);
    if (!cell || !is_in_matrix(*cell)) {
        throw Error(Exit::usage, fmt::format("unknown cell '{}' (like self-exec/native/aslr/argv:8p/long; "
                                             "list --profile full names all)",
                                             options.cell));
    }
    ChainRequest request;
    request.cell = *cell;
    request.execs = options.execs != 0 ? options.execs : planned_execs(*cell);
    request.directory = find_places(context.work).guest;
    pin_to_cpu(options.cpu);
    Progress progress("chain");
    request.watch = [&](std::size_t recorded) {
        progress.update(static_cast<double>(recorded / record_bytes_per_exec(cell->path)), request.execs,
                        "execs");
        return !interrupted();
    };
    const ChainOutcome outcome = run_chain(request);
    check_interrupt();
    if (outcome.status != CellStatus::ok) {
        throw Error(outcome.status == CellStatus::failed ? Exit::run_failed : Exit::environment,
                    fmt::format("{}: {}", options.cell, outcome.reason));
    }
    fmt::print("{}: {} execs\n", options.cell, request.execs);
    return 0;
}

}  // namespace

Subcommand add_chain(CLI::App& parent, const CommandContext& context) {
    const auto options = std::make_shared<ChainOptions>();
    CLI::App* app =
        parent.add_subcommand("chain", "run one cell's execs and nothing else (under perf, strace, ...)");
    app->add_option("cell", options->cell, "its name, as list shows it")->required();
    app->add_option("--execs", options->execs, "execs (default: as many as a plan has)")
        ->check(CLI::PositiveNumber);
    add_cpu_option(*app, options->cpu);
    return {app, [options, &context] { return run_one_chain(*options, context); }};
}

}  // namespace stackshift
