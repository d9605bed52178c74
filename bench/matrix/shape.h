// SPDX-License-Identifier: MIT
// What a payload is cut into, and the payloads that are as they occur.
#pragma once

#include <optional>

#include "target/protocol.h"
#include "util/spelling.h"

namespace stackshift {

/// What the strings of a payload are.
enum class Shape {
    long_strings,
    short_strings,
    typical,       ///< a login shell's small command
    kernel_build,  ///< from here on: as recorded (matrix/shape.cpp)
    configure,
    ci_job,
    linker,
    big_env,
};
template <>
inline constexpr std::array kSpellings<Shape> = {
    Spelling<Shape>{Shape::long_strings, "long"},   Spelling<Shape>{Shape::short_strings, "short"},
    Spelling<Shape>{Shape::typical, "typical"},     Spelling<Shape>{Shape::kernel_build, "kernel-build"},
    Spelling<Shape>{Shape::configure, "configure"}, Spelling<Shape>{Shape::ci_job, "ci-job"},
    Spelling<Shape>{Shape::linker, "linker"},       Spelling<Shape>{Shape::big_env, "big-env"}};

/// The strings a cell carries beside its program's own.
struct Payload {
    protocol::StringSet argv;
    protocol::StringSet env;
};

/// The payload of a shape that has one, whatever the cell; nothing of shapes that fill a number of pages.
std::optional<Payload> fixed_payload(Shape shape);

/// Whether a shape was recorded, or is of the long tail that recordings show.
constexpr bool is_recorded(Shape shape) {
    return shape > Shape::typical;
}

/// The stack pages of a fixed payload: as many as it and 512 bytes need.
int pages_of(const Payload& payload);

}  // namespace stackshift
