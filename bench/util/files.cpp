// SPDX-License-Identifier: MIT
#include "util/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "util/error.h"

namespace stackshift {
namespace {

/// Reads at most `most` bytes and one more. False (and errno) where it cannot be read.
bool read_into(const std::filesystem::path& path, std::uintmax_t most, std::string& text) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
        errno = EISDIR;
        return false;
    }
    std::ifstream in(path, std::ios::binary);
    if (!in) return false;
    // Unknown of a device, a pipe or a file of /proc.
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (!error && size > most) {
        errno = EFBIG;
        return false;
    }
    if (!error) text.reserve(static_cast<std::size_t>(size));
    std::array<char, 65536> part;
    while (in && text.size() <= most) {
        in.read(part.data(), static_cast<std::streamsize>(part.size()));
        text.append(part.data(), static_cast<std::size_t>(in.gcount()));
    }
    if (text.size() > most) errno = EFBIG;
    return !in.bad() && text.size() <= most;
}

// What stands behind a file's name, before the writer's number, until the file is whole.
constexpr std::string_view kPartial = ".stackshift-part";

bool is_half_written(const std::string& name) {
    const std::size_t digits = name.find_last_not_of("0123456789") + 1;
    return digits < name.size() && std::string_view(name).substr(0, digits).ends_with(kPartial);
}

/// Whether the name is at fault, and not the file (no permission, an I/O error).
bool is_wrong_name(int error) {
    return error == ENOENT || error == ENOTDIR || error == EISDIR || error == ENAMETOOLONG || error == ELOOP;
}

}  // namespace

std::string read_file(const std::filesystem::path& path, std::uintmax_t most) {
    std::string text;
    if (!read_into(path, most, text)) {
        const int error = errno;
        if (error == EFBIG) {
            throw Error(Exit::usage,
                        fmt::format("{}: larger than {} bytes, the most that is read of such a file",
                                    path.string(), most));
        }
        throw Error(is_wrong_name(error) ? Exit::usage : Exit::environment,
                    fmt::format("cannot read {}: {}", path.string(), std::strerror(error)));
    }
    return text;
}

std::string read_file_or(const std::filesystem::path& path, const std::string& otherwise) {
    std::string text;
    return read_into(path, kLargestFile, text) ? text : otherwise;
}

void make_directories(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) {
        throw Error(Exit::environment,
                    fmt::format("cannot make directory {}: {}", path.string(), error.message()));
    }
}

void write_file_atomically(const std::filesystem::path& path, std::string_view text) {
    if (!path.parent_path().empty()) make_directories(path.parent_path());
    const std::filesystem::path partial = path.string() + fmt::format("{}{}", kPartial, getpid());
    const auto fail = [&](int error) {
        unlink(partial.c_str());
        throw Error(Exit::environment,
                    fmt::format("cannot write {}: {}", path.string(), std::strerror(error)));
    };
    const int fd = open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) fail(errno);
    for (size_t done = 0; done < text.size();) {
        const ssize_t n = write(fd, text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            const int error = errno;
            close(fd);
            fail(error);
        }
        done += static_cast<size_t>(n);
    }
    // A full disk may show only here.
    if (fsync(fd) != 0) {
        const int error = errno;
        close(fd);
        fail(error);
    }
    if (close(fd) != 0) fail(errno);
    if (rename(partial.c_str(), path.c_str()) != 0) fail(errno);
}

void remove_half_written(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        if (entry.is_regular_file() && is_half_written(entry.path().filename()))
            found.push_back(entry.path());
    }
    for (const std::filesystem::path& path : found) std::filesystem::remove(path);
}

void require_disk_space(const std::filesystem::path& path, std::uintmax_t bytes, const std::string& purpose) {
    std::error_code error;
    const std::filesystem::space_info space = std::filesystem::space(path, error);
    if (error || space.available >= bytes) return;
    throw Error(Exit::environment, fmt::format("no disk space: {} needs {} MiB in {}, {} MiB are free",
                                               purpose, bytes >> 20, path.string(), space.available >> 20));
}

std::string sha256(std::string_view data) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest = {};
    unsigned int length = 0;
    EVP_Digest(data.data(), data.size(), digest.data(), &length, EVP_sha256(), nullptr);
    std::string hex;
    for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
    return hex;
}

std::string sha256_file(const std::filesystem::path& path) {
    return sha256(read_file(path));
}

}  // namespace stackshift
