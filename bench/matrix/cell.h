// SPDX-License-Identifier: MIT
// A cell of the matrix: what one exec carries, under which ABI, with or without ASLR. Knows nothing of how it
// is run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "matrix/exec_path.h"
#include "matrix/shape.h"
#include "target/protocol.h"
#include "util/spelling.h"

namespace stackshift {

/// Address space layout randomisation of the new program (personality(2), ADDR_NO_RANDOMIZE).
enum class Aslr { on, off };
template <>
inline constexpr std::array kSpellings<Aslr> = {Spelling<Aslr>{Aslr::on, "aslr"},
                                                Spelling<Aslr>{Aslr::off, "noaslr"}};

/// Where the strings stand.
enum class Place { argv, env, both };
template <>
inline constexpr std::array kSpellings<Place> = {Spelling<Place>{Place::argv, "argv"},
                                                 Spelling<Place>{Place::env, "env"},
                                                 Spelling<Place>{Place::both, "both"}};

/// Upper bound of one string with NUL: the kernel's MAX_ARG_STRLEN (include/uapi/linux/binfmts.h), 32 pages.
inline constexpr std::uint32_t kLongString = 131072;
/// Length of a short string with NUL.
inline constexpr std::uint32_t kShortString = 16;
/// RLIMIT_STACK of every cell of every kernel, in bytes: a quarter of it is more than the kernel's 6 MiB for
/// arguments (fs/exec.c, bprm_stack_limits), so that limit and not this one ends the sizes.
inline constexpr std::uint64_t kStackLimit = 32ULL << 20;

struct Cell {
    ExecPath path = ExecPath::self_exec;
    Abi abi = Abi::native;
    Aslr aslr = Aslr::on;
    /// Stack pages at the moment of placement: all staged strings fill pages * 4096 - 512 bytes. 0: only the
    /// chain's own strings.
    int pages = 0;
    Shape shape = Shape::long_strings;
    Place place = Place::argv;

    bool operator==(const Cell&) const = default;

    /// "self-exec/native/aslr/argv:8p/long": the one name of a cell in every output. parse_cell() reads it.
    std::string name() const;
};

/// The cell of a name, or nothing where it is not exactly what name() gives of some cell. Whether the matrix
/// has that cell is is_in_matrix()'s to say.
std::optional<Cell> parse_cell(std::string_view name);

/// Lengths and counts of a cell's strings.
Payload payload_of(const Cell& cell);

/// checksum of a cell's payload: FNV-1a over its words in order, argv before env (target/protocol.h).
std::uint32_t payload_checksum(const Payload& payload);

}  // namespace stackshift
