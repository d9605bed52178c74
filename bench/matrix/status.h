// SPDX-License-Identifier: MIT
// How the measuring of a cell ended.
#pragma once

#include "util/spelling.h"

namespace stackshift {

enum class CellStatus {
    ok,
    failed,       ///< an exec failed, or what was measured cannot be trusted
    unavailable,  ///< this machine or kernel cannot run it
};

template <>
inline constexpr std::array kSpellings<CellStatus> = {
    Spelling<CellStatus>{CellStatus::ok, "ok"}, Spelling<CellStatus>{CellStatus::failed, "failed"},
    Spelling<CellStatus>{CellStatus::unavailable, "unavailable"}};

}  // namespace stackshift
