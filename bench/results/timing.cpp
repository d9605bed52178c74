// SPDX-License-Identifier: MIT
#include "results/timing.h"

#include <fmt/format.h>

#include "util/error.h"

namespace stackshift {

std::string timing_problem(const Result& result) {
    if (result.run.instrument != Instrument::clock) return "";
    const auto text = [&](const char* key) {
        const auto found = result.environment.find(key);
        return found != result.environment.end() && found->is_string() ? found->get<std::string>() : "";
    };
    if (const std::string said = text(kTiming); said.starts_with(kTimingInvalid)) return said;
    if (text("accel") == "tcg")
        return fmt::format("{}: the guests were emulated, which takes other times than a processor does",
                           kTimingInvalid);
    return "";
}

void require_valid_timing(const Result& result, const std::string& name) {
    const std::string problem = timing_problem(result);
    if (problem.empty()) return;
    throw Error(
        Exit::incomparable,
        fmt::format("{}: {}. Such a result shows that the driver works; it is never shown, compared or "
                    "exported",
                    name, problem));
}

}  // namespace stackshift
