// SPDX-License-Identifier: MIT
// A cell of the matrix: what one exec carries, under which ABI, with or without ASLR. Knows nothing of how it
// is run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "target/protocol.h"

namespace stackshift {

enum class Abi { native, i386 };
enum class Shape { long_strings, short_strings, typical };
enum class Place { argv, env, both };

/// Upper bound of one string with NUL: the kernel's MAX_ARG_STRLEN (include/uapi/linux/binfmts.h), 32 pages.
inline constexpr std::uint32_t kLongString = 131072;
/// Length of a short string with NUL.
inline constexpr std::uint32_t kShortString = 16;
/// RLIMIT_STACK of every cell of every kernel, in bytes: a quarter of it is more than the kernel's 6 MiB for
/// arguments (fs/exec.c, bprm_stack_limits), so that limit and not this one ends the sizes.
inline constexpr std::uint64_t kStackLimit = 32ULL << 20;

struct Cell {
    Abi abi = Abi::native;
    bool aslr = true;
    /// Stack pages at the moment of placement: all staged strings fill pages * 4096 - 512 bytes. 0: only the
    /// chain's own strings.
    int pages = 0;
    Shape shape = Shape::long_strings;
    Place place = Place::argv;

    bool operator==(const Cell&) const = default;

    /// "self-exec/native/aslr/argv:8p/long": the one name of a cell in every output.
    std::string name() const;
};

std::string_view to_string(Abi abi);
std::string_view to_string(Shape shape);
std::string_view to_string(Place place);

/// The cell of a name, or nothing where no cell of the matrix has it.
std::optional<Cell> parse_cell(std::string_view name);

/// The strings a cell carries beside the chain's own.
struct Payload {
    protocol::StringSet argv;
    protocol::StringSet env;
};

/// Bytes that a chain stages of its own: file name, argv[0] and state, each with NUL.
inline constexpr std::uint32_t kOwnBytes = 2 * protocol::kProgramBytes + protocol::kStateBytes;

/// Lengths and counts of a cell's strings.
Payload payload_of(const Cell& cell);

/// checksum of a cell's payload: FNV-1a over its words in order, argv before env (target/protocol.h).
std::uint32_t payload_checksum(const Payload& payload);

}  // namespace stackshift
