// SPDX-License-Identifier: MIT
// What a counting guest runs between power-on and its kernel.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace stackshift {

/// The whole image: the code that the build assembled of firmware.S (the file "firmware" in `directory`) and
/// the ACPI tables. A function of that file and the number of CPUs alone. Throws Error{environment} where it
/// is missing or damaged.
std::string make_firmware(const std::filesystem::path& directory, int possible_cpus = 1);

/// `code`, 64 KiB whose lower half is empty, with the ACPI tables in that half. The kernel needs them to find
/// its interrupt controller, and the guest to switch itself off; there is no device in them that QEMU's
/// versions emulate differently. One CPU is there, and the others, up to `possible_cpus`, might be plugged
/// in.
std::string with_acpi_tables(std::string code, int possible_cpus = 1);

}  // namespace stackshift
