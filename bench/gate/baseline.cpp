// SPDX-License-Identifier: MIT
#include "gate/baseline.h"

#include <fmt/format.h>

#include "gate/reduced.h"
#include "util/error.h"

namespace stackshift {
namespace {

constexpr const char* kUpdates = "baseline";

nlohmann::ordered_json updates_of(const Result& result) {
    const auto at = result.environment.find(kUpdates);
    return at != result.environment.end() && at->is_array() ? *at : nlohmann::ordered_json::array();
}

}  // namespace

Result make_baseline(const Result& found, const Result* old, const std::string& reason,
                     const std::string& time) {
    if (reason.find_first_not_of(" \t\n") == std::string::npos)
        throw Error(Exit::usage, "--update needs --reason TEXT: why these numbers are right now");
    for (const CellResult& cell : found.cells) {
        if (cell.status != CellStatus::failed || cell.expected) continue;
        throw Error(Exit::usage,
                    fmt::format("no baseline of a result with a failed cell: {} of {}: {} (leave the "
                                "kernel out, or declare the failure in its folder)",
                                cell.cell.name(), cell.strategy, cell.reason));
    }
    Result baseline = without_samples(found);
    nlohmann::ordered_json updates = old ? updates_of(*old) : nlohmann::ordered_json::array();
    updates.push_back({{"reason", reason},
                       {"time", time},
                       {"run", found.run.id},
                       {"before", old ? old->run.id : std::string()}});
    baseline.environment[kUpdates] = std::move(updates);
    return baseline;
}

std::string last_reason(const Result& baseline) {
    const nlohmann::ordered_json updates = updates_of(baseline);
    if (updates.empty() || !updates.back().is_object()) return "";
    const auto reason = updates.back().find("reason");
    return reason != updates.back().end() && reason->is_string() ? reason->get<std::string>() : "";
}

}  // namespace stackshift
