// SPDX-License-Identifier: MIT
#include "util/read_limited.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "util/error.h"

namespace stackshift {
namespace {

[[noreturn]] void refuse_size(const std::filesystem::path& path, std::uintmax_t most) {
    throw Error(Exit::usage, fmt::format("{}: larger than {} bytes, the most that is read of such a file",
                                         path.string(), most));
}

}  // namespace

std::string read_limited(const std::filesystem::path& path, std::uintmax_t most) {
    std::error_code error;
    const bool directory = std::filesystem::is_directory(path, error);
    std::ifstream in(path, std::ios::binary);
    if (directory || !in) {
        throw Error(Exit::usage, fmt::format("cannot read {}: {}", path.string(),
                                             std::strerror(directory ? EISDIR : errno)));
    }
    const std::uintmax_t size = std::filesystem::file_size(path, error);  // fails where it is no regular file
    if (!error && size > most) refuse_size(path, most);
    std::string text;
    std::array<char, 65536> part;
    while (in && text.size() <= most) {
        in.read(part.data(), static_cast<std::streamsize>(part.size()));
        text.append(part.data(), static_cast<std::size_t>(in.gcount()));
    }
    if (in.bad())
        throw Error(Exit::usage, fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
    if (text.size() > most) refuse_size(path, most);
    return text;
}

}  // namespace stackshift
