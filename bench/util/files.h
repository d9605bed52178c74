// SPDX-License-Identifier: MIT
// Files read and written whole, with errors that name them, and their sha256.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace stackshift {

/// The most that is read of any file. A run of profile full with all phases writes some 10 MB; what is read
/// of it becomes ten times its size in memory.
inline constexpr std::uintmax_t kLargestFile = 512ULL << 20;

/// The whole file. Throws Error naming it where it cannot be read: usage where there is no such file or it
/// holds more than `most` bytes (a device or a pipe may have no end), environment where it may not or cannot
/// be read.
std::string read_file(const std::filesystem::path& path, std::uintmax_t most = kLargestFile);

/// The whole file, or `otherwise` where it cannot be read (for /proc and /sys, where absence is an answer).
std::string read_file_or(const std::filesystem::path& path, const std::string& otherwise);

/// Writes beside the file, syncs and renames: a reader sees the old or the new text, never a part.
/// Makes missing directories. Throws Error{environment} (a full disk, no permission) and leaves the old text.
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// Removes from a directory what write_file_atomically() has left there where it was killed. Nobody else may
/// be writing in it.
void remove_half_written(const std::filesystem::path& directory);

/// Makes the directory and its parents. Throws Error{environment} naming it.
void make_directories(const std::filesystem::path& path);

/// Throws Error{environment} unless the file system that holds `path` has `bytes` free.
void require_disk_space(const std::filesystem::path& path, std::uintmax_t bytes, const std::string& purpose);

/// Lower-case hex sha256.
std::string sha256(std::string_view data);
std::string sha256_file(const std::filesystem::path& path);

}  // namespace stackshift
