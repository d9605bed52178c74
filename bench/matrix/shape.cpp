// SPDX-License-Identifier: MIT
#include "matrix/shape.h"

#include <cstdint>

namespace stackshift {
namespace {

using protocol::StringSet;

/// `bytes` in `count` strings of the same length, but for the last, which takes what is left.
constexpr StringSet spread(std::uint32_t count, std::uint32_t bytes) {
    const std::uint32_t length = bytes / count;
    return {count, length, bytes - (count - 1) * length};
}

/// What stands in payloads beside the strings: file name, argv[0], state, and 512 bytes of slack, as in cells
/// that fill pages.
constexpr std::uint64_t kBesides = 512 + 2 * 10 + protocol::kStateBytes;

}  // namespace

std::optional<Payload> fixed_payload(Shape shape) {
    // From results/recorded, whose table says of what and how. Of each recording the exec in the middle:
    // medians of number and bytes.
    switch (shape) {
        case Shape::typical:
            // What a login shell hands to a small command: 3 arguments in 60 bytes, 40 variables in 2.5 KiB.
            return Payload{{3, 20, 20}, {40, 64, 64}};
        case Shape::kernel_build:
            return Payload{spread(55, 844), spread(30, 1433)};
        case Shape::configure:
            return Payload{spread(4, 15), spread(15, 246)};
        case Shape::ci_job:
            return Payload{spread(5, 63), spread(15, 533)};
        case Shape::linker:
            // The long tail: 1600 objects on one command line, 100 KiB; the environment of the typical exec.
            return Payload{spread(1600, 100 << 10), {40, 64, 64}};
        case Shape::big_env:
            // An environment of 32 KiB in 400 variables, as of a shell with much set up; the typical
            // arguments.
            return Payload{{3, 20, 20}, spread(400, 32 << 10)};
        case Shape::long_strings:
        case Shape::short_strings:
            break;
    }
    return std::nullopt;
}

int pages_of(const Payload& payload) {
    return static_cast<int>((payload.argv.bytes() + payload.env.bytes() + kBesides + 4095) / 4096);
}

}  // namespace stackshift
