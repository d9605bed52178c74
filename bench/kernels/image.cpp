// SPDX-License-Identifier: MIT
#include "kernels/image.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>

#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

// The setup header: Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header".
constexpr size_t kMagic = 0x202;
constexpr size_t kProtocol = 0x206;
constexpr size_t kKernelVersion = 0x20e;
constexpr size_t kLoadFlags = 0x211;
constexpr size_t kSetup = 0x200;  // what the kernel_version pointer counts from
constexpr size_t kHeaderEnd = 0x212;
constexpr unsigned kLoadedHigh = 1;  // in loadflags: a bzImage, not a zImage
// A 16-bit pointer and a text; nothing that we read lies behind this.
constexpr size_t kReach = 0x200 + 0x10000 + 0x1000;

std::uint16_t word_at(const std::string& data, size_t place) {
    std::array<unsigned char, 2> bytes = {};
    std::memcpy(bytes.data(), data.data() + place, bytes.size());
    return static_cast<std::uint16_t>(bytes[0] | bytes[1] << 8);
}

std::string read_start(const std::filesystem::path& image) {
    std::ifstream in(image, std::ios::binary);
    if (!in || std::filesystem::is_directory(image)) {
        throw Error(Exit::usage, fmt::format("cannot read kernel image {}", image.string()));
    }
    std::string data(kReach, '\0');
    in.read(data.data(), static_cast<std::streamsize>(data.size()));
    data.resize(static_cast<size_t>(in.gcount()));
    return data;
}

}  // namespace

std::string image_version(const std::filesystem::path& image) {
    const std::string data = read_start(image);
    if (data.size() < kHeaderEnd || data.compare(kMagic, 4, "HdrS") != 0 ||
        word_at(data, kProtocol) < 0x200 ||
        (static_cast<unsigned char>(data[kLoadFlags]) & kLoadedHigh) == 0) {
        throw Error(Exit::usage, fmt::format("{} is no bzImage (no x86 setup header)", image.string()));
    }
    const size_t pointer = word_at(data, kKernelVersion);
    const size_t start = kSetup + pointer;
    const size_t end = pointer == 0 ? std::string::npos : data.find('\0', start);
    if (end == std::string::npos || end == start) {
        throw Error(Exit::usage, fmt::format("{} names no kernel version: damaged image?", image.string()));
    }
    return data.substr(start, end - start);
}

BuiltKernel prebuilt_kernel(const std::string& name, const std::filesystem::path& image) {
    const std::string version = image_version(image);
    BuiltKernel kernel;
    kernel.info.strategy = name;
    kernel.info.base = version.substr(0, version.find(' '));
    kernel.info.config = "unknown";
    kernel.info.compiler = "unknown";
    kernel.info.image_sha256 = sha256_file(image);
    kernel.image = std::filesystem::absolute(image);
    return kernel;
}

std::string expected_strategy(const BuiltKernel& kernel) {
    if (kernel.info.config == "unknown") return "";
    return kernel.checks_strategy ? kernel.info.strategy : "-";
}

}  // namespace stackshift
