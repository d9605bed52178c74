// SPDX-License-Identifier: MIT
#include "exec/chain.h"

#include <fmt/format.h>

#include "commands/commands.h"
#include "host/tsc.h"
#include "util/error.h"

namespace stackshift {

int command_chain(const Options& options, const HostOptions& host, const std::string& cell, unsigned execs) {
    ChainRequest request;
    const std::optional<Cell> parsed = parse_cell(cell);
    if (!parsed) {
        throw Error(Exit::usage, fmt::format("unknown cell '{}' (like self-exec/native/aslr/argv:8p/long; "
                                             "list --profile full names all)",
                                             cell));
    }
    request.cell = *parsed;
    request.execs = execs != 0 ? execs : planned_execs(*parsed);
    request.directory = find_places(options.work).guest;
    pin_to_cpu(host.cpu);
    const ChainOutcome outcome = run_chain(request);
    if (outcome.status != ChainOutcome::Status::ok) {
        throw Error(outcome.status == ChainOutcome::Status::failed ? Exit::run_failed : Exit::environment,
                    fmt::format("{}: {}", cell, outcome.reason));
    }
    fmt::print("{}: {} execs\n", cell, request.execs);
    return 0;
}

}  // namespace stackshift
