// SPDX-License-Identifier: MIT
#include "lab/lab.h"

#include <fmt/format.h>

#include "commands/commands.h"
#include "compare/compare.h"
#include "results/result.h"
#include "util/error.h"

namespace stackshift {

int command_lab(const Options& options) {
    const LabOutcome outcome = run_lab(options, find_places(options.work));
    CompareOptions compare;
    compare.phases = true;
    compare.baseline = options.baseline;
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

}  // namespace stackshift
