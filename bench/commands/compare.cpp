// SPDX-License-Identifier: MIT
#include "compare/compare.h"

#include <fmt/format.h>

#include "commands/commands.h"
#include "util/error.h"

namespace stackshift {

int command_compare(const Options& options, const std::vector<std::filesystem::path>& files) {
    std::vector<std::filesystem::path> paths = files;
    if (paths.empty()) {
        const std::filesystem::path runs = find_places(options.work).runs();
        paths.push_back(latest_run(runs, "-lab", "result.json"));
        if (paths.back().empty()) {
            throw Error(Exit::usage,
                        fmt::format("no result to compare: name a result.json, or make one first (lab); "
                                    "there is none in {}",
                                    runs.string()));
        }
    }
    std::vector<Result> results;
    for (std::filesystem::path& path : paths) {
        if (std::filesystem::is_directory(path)) path /= "result.json";
        results.push_back(load_result(path));
    }
    CompareOptions compare;
    compare.phases = true;
    compare.baseline = options.baseline;
    compare.filter = options.filter;
    fmt::print("{}", compare_text(results, compare));
    return 0;
}

}  // namespace stackshift
