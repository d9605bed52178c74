// SPDX-License-Identifier: MIT
// What moving the stack costs: one definition, for the headline and for every table.
#pragma once

#include <optional>

#include "report/view.h"

namespace stackshift {

/// Mainline but for the move: what it saves is what moving costs, where mainline has no exec without a move.
inline constexpr const char* kYardstick = "direct";

/// Mainline's own strategy, with our stamps; no contender.
inline constexpr const char* kMainline = "relocate";

/// The move in the cell of a row, with ASLR, of the baseline.
struct Move {
    const CellResult* whole = nullptr;    ///< the cell
    const CellResult* unmoved = nullptr;  ///< the same without a move
    Configuration moved = kConfigurations[0];
    Configuration fixed = kConfigurations[0];  ///< of `unmoved`
    double cost = 0;                           ///< difference of their medians
    double percent = 0;                        ///< what that is of the cell
    bool told = false;  ///< more than draws and ticks make of it (exact), or intervals apart (clock)
};

/// Native: mainline itself does not move the stack where ASLR is off. i386: mainline moves every one, so only
/// the yardstick, under ASLR like the cell, can tell; nothing where it is no contender. Nothing where a cell
/// is missing.
std::optional<Move> move_of(const View& view, const Row& row, Abi abi);

/// The first contender of a strategy, or null.
const Contender* find_contender(const View& view, const std::string& strategy);

}  // namespace stackshift
