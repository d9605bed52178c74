// SPDX-License-Identifier: MIT
// The results that a command is given.
#include <fmt/format.h>

#include "commands/command.h"
#include "results/load.h"
#include "util/error.h"

namespace stackshift {

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
    for (std::filesystem::path& path : paths) {
        if (std::filesystem::is_directory(path)) path /= "result.json";
        results.push_back(load_result(path));
    }
    return results;
}

}  // namespace stackshift
