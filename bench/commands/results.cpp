// SPDX-License-Identifier: MIT
// The results that a command is given.
#include <fmt/format.h>

#include "check/result.h"
#include "commands/command.h"
#include "results/load.h"
#include "util/error.h"

namespace stackshift {
namespace {

std::filesystem::path result_file(const std::filesystem::path& path) {
    return std::filesystem::is_directory(path) ? path / "result.json" : path;
}

}  // namespace

std::vector<Result> load_results(std::vector<std::filesystem::path> paths, const std::string& command,
                                 const CommandContext& context) {
    if (paths.empty()) {
        const std::filesystem::path runs = find_places(context.work).runs();
        paths.push_back(latest_run(runs, command, "result.json"));
        if (paths.back().empty()) {
            throw Error(Exit::usage,
                        fmt::format("no result to look at: name a result.json, or make one first ({}); there "
                                    "is none in {}",
                                    command, runs.string()));
        }
    }
    std::vector<Result> results;
    for (const std::filesystem::path& path : paths) results.push_back(load_result(result_file(path)));
    return results;
}

std::optional<std::filesystem::path> latest_result(const std::string& command,
                                                   const CommandContext& context) {
    const std::filesystem::path run = latest_run(find_places(context.work).runs(), command, "result.json");
    if (run.empty()) return std::nullopt;
    return result_file(run);
}

std::vector<CheckResult> load_check_results(const std::vector<std::filesystem::path>& paths) {
    std::vector<CheckResult> checks;
    for (const std::filesystem::path& path : paths) checks.push_back(load_check_result(result_file(path)));
    return checks;
}

}  // namespace stackshift
