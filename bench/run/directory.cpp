// SPDX-License-Identifier: MIT
#include "run/directory.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

#include "util/error.h"

namespace stackshift {
namespace {

std::string utc(const char* format) {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    return fmt::format(fmt::runtime(format), fmt::gmtime(now));
}

}  // namespace

RunDirectory run_directory(const RunRequest& request, const Places& places, const std::string& command) {
    const std::string id = utc("{:%Y%m%dT%H%M%SZ}") + "-" + command;
    if (!request.out.empty()) return {id, std::filesystem::absolute(request.out)};
    if (request.resume) {
        const std::filesystem::path latest = latest_run(places.runs(), command, "");
        if (latest.empty()) throw Error(Exit::usage, "--resume: there is no earlier run to go on from");
        return {latest.filename(), latest};
    }
    // Two runs within one second do not share a directory.
    std::string free = id;
    for (int i = 2; std::filesystem::exists(places.runs() / free); ++i) free = fmt::format("{}.{}", id, i);
    return {free, places.runs() / free};
}

std::string timestamp() {
    return utc("{:%Y-%m-%dT%H:%M:%SZ}");
}

std::filesystem::path latest_run(const std::filesystem::path& runs, const std::string& command,
                                 const char* file) {
    std::filesystem::path latest;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(runs, error)) {
        const std::string name = entry.path().filename();
        if (name.find("-" + command) == std::string::npos || !std::filesystem::exists(entry.path() / file))
            continue;
        if (latest.empty() || name > latest.filename().string()) latest = entry.path();
    }
    return latest;
}

}  // namespace stackshift
