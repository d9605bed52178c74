// SPDX-License-Identifier: MIT
#include "kernels/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "util/error.h"
#include "util/files.h"
#include "util/interrupt.h"
#include "util/progress.h"

namespace stackshift {

BuildLock::BuildLock(const std::filesystem::path& file) {
    make_directories(file.parent_path());
    // No O_CLOEXEC, so make and all it starts hold the lock too: should we be killed outright, compilers that
    // go on for a while must not meet the next builder in the same object directory.
    fd_ = open(file.c_str(), O_RDWR | O_CREAT, 0644);
    if (fd_ < 0) {
        throw Error(Exit::environment,
                    fmt::format("cannot open {}: {}", file.string(), std::strerror(errno)));
    }
    if (flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
    try {
        Progress progress("kernels");
        progress.note("another stackshift builds kernels; waiting");
        while (flock(fd_, LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK && errno != EINTR) {
                throw Error(Exit::environment,
                            fmt::format("cannot lock {}: {}", file.string(), std::strerror(errno)));
            }
            check_interrupt();
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
        }
    } catch (...) {
        close(fd_);
        throw;
    }
}

BuildLock::~BuildLock() {
    close(fd_);
}

}  // namespace stackshift
