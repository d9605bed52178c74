// SPDX-License-Identifier: MIT
#include "kernels/name_field.h"

#include <fmt/format.h>

#include <cstdint>

#include "util/error.h"

namespace stackshift {
namespace {

constexpr size_t kChecksumSize = 4;

/// CRC-32 of all but the last four bytes, neither begun nor ended with an inversion other than the usual
/// first one: arch/x86/boot/tools/build.c puts it into those four.
std::uint32_t checksum(std::string_view image) {
    constexpr std::uint32_t kPolynomial = 0xedb88320;
    std::uint32_t crc = 0xffffffff;
    for (const char byte : image.substr(0, image.size() - kChecksumSize)) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? kPolynomial : 0);
    }
    return crc;
}

std::string little_endian(std::uint32_t value) {
    std::string bytes;
    for (unsigned i = 0; i < kChecksumSize; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
    return bytes;
}

}  // namespace

void write_strategy_name(std::string& image, std::string_view name) {
    if (name.size() > kNamePlaceholder.size()) {
        throw Error(Exit::usage, fmt::format("strategy {}: a name has at most {} characters", name,
                                             kNamePlaceholder.size()));
    }
    const size_t place = image.find(kNamePlaceholder);
    if (place == std::string::npos || image.find(kNamePlaceholder, place + 1) != std::string::npos) {
        throw Error(
            Exit::run_failed,
            fmt::format("strategy {}: the built image holds the place of its name {}; it must be packed "
                        "by LZ4 (CONFIG_KERNEL_LZ4=y)",
                        name, place == std::string::npos ? "nowhere" : "more than once"));
    }
    const std::string_view old_end = std::string_view(image).substr(image.size() - kChecksumSize);
    const bool has_checksum = old_end == little_endian(checksum(image));
    std::string text(name);
    text.resize(kNamePlaceholder.size(), ' ');
    image.replace(place, text.size(), text);
    // Newer kernels have none.
    if (has_checksum)
        image.replace(image.size() - kChecksumSize, kChecksumSize, little_endian(checksum(image)));
}

}  // namespace stackshift
