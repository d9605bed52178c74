// SPDX-License-Identifier: MIT
// The rows of a chart's data, from a view: the same figures as the tables have.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "report/view.h"

namespace stackshift {

/// A quantity that charts show.
struct Quantity {
    std::string metric;  ///< as results name it
    std::string label;   ///< with its unit
    /// Its mean stands for it and not its median: of counts an exec, as in the tables.
    bool mean = false;

    std::optional<double> of(const CellResult* cell) const;
};

/// Those of exact results: instructions first.
const std::vector<Quantity>& exact_quantities();
/// Of clock results.
const Quantity& clock_quantity();

/// One contender's cell beside the baseline's. Members: strategy, configuration, path, pages, metric, status,
/// cell; where it was measured: value, low and high (exact: of the seeds; clock: the 95 % interval), and,
/// where the baseline was: base (its value), difference, percent, floor (of the cost: what draws make of it);
/// else reason. Nothing where there is no such cell, or it is fine and lacks the quantity.
std::optional<nlohmann::ordered_json> point_of(const View& view, const Contender& contender, const Row& row,
                                               const Configuration& configuration, const Quantity& quantity);

/// What a reader is told who points at such a point, as an expression of Vega's: cell and figures, or why it
/// failed.
std::string telling_expression(const View& view, const std::vector<Quantity>& quantities);

/// The command line of the run that a contender's cells are of, as one types it here: "./run.sh lab --seeds
/// 3".
std::string command_of(const Result& result);

}  // namespace stackshift
