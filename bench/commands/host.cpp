// SPDX-License-Identifier: MIT
#include "host/host.h"

#include <fmt/format.h>

#include "commands/commands.h"
#include "compare/compare.h"
#include "results/result.h"
#include "util/error.h"

namespace stackshift {

int command_host(const Options& options, const HostOptions& host) {
    const HostOutcome outcome = run_host(options, host, find_places(options.work));
    fmt::print("{}\nresult: {}\n", compare_text({outcome.result}, {}),
               (outcome.directory / "result.json").string());
    return static_cast<int>(has_unexpected_failure(outcome.result) ? Exit::run_failed : Exit::ok);
}

}  // namespace stackshift
