// SPDX-License-Identifier: MIT
// The guest's files as an initramfs: the same bytes from the same programs, whoever makes it, where and when.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace stackshift {

/// A newc archive (Documentation/driver-api/early-userspace/buffer-format.rst) written entry by entry:
/// root-owned, time 0, inode numbers counted.
class CpioArchive {
  public:
    void add_directory(std::string_view name);
    void add_file(std::string_view name, std::string_view content, bool executable);
    void add_character_device(std::string_view name, unsigned major, unsigned minor);
    /// Closes the archive and returns its bytes, padded to 512 so that another may follow.
    std::string finish();

  private:
    void add(std::string_view name, unsigned mode, unsigned major, unsigned minor, std::string_view content);
    std::string bytes_;
    unsigned next_inode_ = 1;
};

/// The guest's first program, for each instrument (bench/guest/init.cpp makes both).
inline constexpr const char* kCountingInit = "init";
inline constexpr const char* kTimingInit = "timing-init";

/// The archive of init and the programs of all exec paths (with the libraries and the shell that they need)
/// out of `directory`. Throws Error{environment} where one is missing.
/// `init` names the guest's first program there: of counting guests, or of those whose time is taken.
std::string make_guest_image(const std::filesystem::path& directory, const std::string& init = kCountingInit);

/// The archive that carries a plan; it follows the guest image in one initramfs.
std::string make_plan_archive(std::string_view plan_text);

}  // namespace stackshift
