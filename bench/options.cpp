// SPDX-License-Identifier: MIT
#include "options.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <regex>

#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {
namespace {

std::string utc(const char* format) {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    return fmt::format(fmt::runtime(format), fmt::gmtime(now));
}

}  // namespace

Plan planned(const Options& options) {
    const std::vector<std::string>& names = profile_names();
    if (std::find(names.begin(), names.end(), options.profile) == names.end()) {
        throw Error(Exit::usage, unknown_name_message("profile", options.profile, names));
    }
    const Plan plan = make_plan(options.profile);
    if (options.filter.empty()) return plan;
    try {
        Plan filtered = filter_plan(plan, options.filter);
        if (filtered.cells.empty()) {
            throw Error(Exit::usage,
                        fmt::format("--filter '{}' matches none of the {} cells of profile {} (see: list)",
                                    options.filter, plan.cells.size(), options.profile));
        }
        return filtered;
    } catch (const std::regex_error& error) {
        throw Error(Exit::usage, fmt::format("--filter '{}' is not a regular expression: {}", options.filter,
                                             error.what()));
    }
}

std::filesystem::path run_directory(const Options& options, const Places& places, const std::string& command,
                                    std::string& id) {
    id = utc("{:%Y%m%dT%H%M%SZ}") + "-" + command;
    if (!options.out.empty()) return std::filesystem::absolute(options.out);
    if (options.resume) {
        const std::filesystem::path latest = latest_run(places.runs(), "-" + command, "");
        if (latest.empty()) throw Error(Exit::usage, "--resume: there is no earlier run to go on from");
        id = latest.filename();
        return latest;
    }
    // Two runs within one second do not share a directory.
    const std::string first = id;
    for (int i = 2; std::filesystem::exists(places.runs() / id); ++i) id = fmt::format("{}.{}", first, i);
    return places.runs() / id;
}

std::string timestamp() {
    return utc("{:%Y-%m-%dT%H:%M:%SZ}");
}

std::filesystem::path latest_run(const std::filesystem::path& runs, const std::string& suffix,
                                 const char* file) {
    std::filesystem::path latest;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(runs, error)) {
        const std::string name = entry.path().filename();
        if (name.find(suffix) == std::string::npos || !std::filesystem::exists(entry.path() / file)) continue;
        if (latest.empty() || name > latest.filename().string()) latest = entry.path();
    }
    return latest;
}

}  // namespace stackshift
