// SPDX-License-Identifier: MIT
#include "util/read_text.h"

#include <fcntl.h>
#include <unistd.h>

namespace stackshift {

std::string read_text(const std::string& path) {
    std::string text;
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return text;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(fd, buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<size_t>(n));
    close(fd);
    return text;
}

}  // namespace stackshift
