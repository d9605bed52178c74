// SPDX-License-Identifier: MIT
#include "check/check.h"

#include <fmt/format.h>

#include "check/result.h"
#include "commands/commands.h"
#include "util/error.h"

namespace stackshift {

int command_check(const Options& options, const CheckOptions& check) {
    const CheckOutcome outcome = run_check(options, check, find_places(options.work));
    const std::filesystem::path file = outcome.directory / "result.json";
    fmt::print("{}\nresult: {}\n", check_text(outcome.result), file.string());
    std::string bad;
    for (const CheckBoot& boot : outcome.result.boots) {
        if (!boot.message.empty())
            bad += fmt::format("\n  {} ({}): {}", boot.strategy, boot.machine, boot.message);
    }
    if (!bad.empty()) throw Error(Exit::run_failed, "guests did not end as they should:" + bad);
    return static_cast<int>(has_failure(outcome.result) ? Exit::check_failed : Exit::ok);
}

}  // namespace stackshift
