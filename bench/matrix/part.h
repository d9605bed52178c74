// SPDX-License-Identifier: MIT
// The parts of an operation in which a parent starts a child and waits for its end.
#pragma once

#include "util/spelling.h"

namespace stackshift {

/// As result files name them. start, exec and end add up to the whole, or spawned and end; resumed overlaps
/// them.
enum class Part {
    start,    ///< from the parent's call to the child's stamp before execve
    exec,     ///< from there to the new program's entry: what a self-exec's sample is
    spawned,  ///< start and exec, where the libc does both in one call and nothing stamps between
    end,      ///< from the child's last stamp to its being reaped
    resumed,  ///< from the parent's call to its going on behind it
};
template <>
inline constexpr std::array kSpellings<Part> = {
    Spelling<Part>{Part::start, "child.start"}, Spelling<Part>{Part::exec, "child.exec"},
    Spelling<Part>{Part::spawned, "child.spawned"}, Spelling<Part>{Part::end, "child.end"},
    Spelling<Part>{Part::resumed, "parent.resumed"}};

}  // namespace stackshift
