// SPDX-License-Identifier: MIT
#include "report/move.h"

#include <cmath>

#include "report/entries.h"
#include "report/floor.h"

namespace stackshift {
namespace {

bool can_be_told(const View& view, const Row& row, const Move& move) {
    if (view.clock()) return told_apart(view, move.whole, move.unmoved);
    const std::optional<double> floor = difference_floor(view, row, move.moved, move.fixed);
    return !floor || std::abs(move.cost) > *floor;
}

}  // namespace

const Contender* find_contender(const View& view, const std::string& strategy) {
    for (const Contender& contender : view.contenders) {
        if (contender.strategy == strategy) return &contender;
    }
    return nullptr;
}

std::optional<Move> move_of(const View& view, const Row& row, Abi abi) {
    const Contender& base = view.contenders.front();
    const Contender* without = abi == Abi::native ? &base : find_contender(view, kYardstick);
    if (!without) return std::nullopt;
    Move move;
    move.moved = kConfigurations[abi == Abi::native ? 0 : 2];
    move.fixed = kConfigurations[abi == Abi::native ? 1 : 2];
    move.whole = base.find(row, move.moved);
    move.unmoved = without->find(row, move.fixed);
    const std::optional<double> cost = median_difference(move.whole, move.unmoved, view.cost());
    const std::optional<double> of = percent(cost, move.whole, view.cost());
    if (!of) return std::nullopt;
    move.cost = *cost;
    move.percent = *of;
    move.told = can_be_told(view, row, move);
    return move;
}

}  // namespace stackshift
