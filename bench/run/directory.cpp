// SPDX-License-Identifier: MIT
#include "run/directory.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

std::string utc(const char* format) {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    return fmt::format(fmt::runtime(format), fmt::gmtime(now));
}

/// False where it is there already.
bool make_new_directory(const std::filesystem::path& path) {
    std::error_code error;
    const bool made = std::filesystem::create_directory(path, error);
    if (error) {
        throw Error(Exit::environment,
                    fmt::format("cannot make directory {}: {}", path.string(), error.message()));
    }
    return made;
}

RunDirectory taken(const std::string& id, const std::filesystem::path& path) {
    make_directories(path);
    RunDirectory directory{id, path, RunLock(path)};
    for (const char* folder : {"", "boots"}) remove_half_written(path / folder);
    return directory;
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& directory) {
    fd_ = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd_ < 0) {
        throw Error(Exit::environment,
                    fmt::format("cannot open {}: {}", directory.string(), std::strerror(errno)));
    }
    // A child of a run that has just been killed may still be on its way to exec, or to its own end.
    constexpr int kTries = 20;
    for (int i = 0; flock(fd_, LOCK_EX | LOCK_NB) != 0; ++i) {
        const int error = errno;
        if (error == EINTR || (error == EWOULDBLOCK && i < kTries)) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            continue;
        }
        close(fd_);
        if (error == EWOULDBLOCK) {
            throw Error(Exit::usage,
                        fmt::format("another stackshift runs in {}: wait for its end, or give another --out",
                                    directory.string()));
        }
        throw Error(Exit::environment,
                    fmt::format("cannot lock {}: {}", directory.string(), std::strerror(error)));
    }
}

RunLock::~RunLock() {
    if (fd_ >= 0) close(fd_);
}

RunLock::RunLock(RunLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

RunDirectory run_directory(const RunRequest& request, const Places& places, const std::string& command) {
    const std::string id = utc("{:%Y%m%dT%H%M%SZ}") + "-" + command;
    if (!request.out.empty()) return taken(id, std::filesystem::absolute(request.out));
    if (request.resume) {
        const std::filesystem::path latest = latest_run(places.runs(), command, "");
        if (latest.empty()) throw Error(Exit::usage, "--resume: there is no earlier run to go on from");
        return taken(latest.filename(), latest);
    }
    make_directories(places.runs());
    // Two runs within one second do not share a directory: who makes it, has it.
    std::string free = id;
    for (int i = 2; !make_new_directory(places.runs() / free); ++i) free = fmt::format("{}.{}", id, i);
    return taken(free, places.runs() / free);
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
