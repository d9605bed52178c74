// SPDX-License-Identifier: MIT
// A chart as data: a Vega-Lite specification with its values, and what a reader may choose in it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace stackshift {

/// One of several things to choose, as the specification and as readers call it.
struct Choice {
    std::string value;
    std::string label;
    /// The type of the y axis that comes with it ("linear", "log"); empty: as it is. A specification cannot
    /// make an axis's type depend on a parameter.
    std::string y_scale = {};
};

/// A parameter of a specification that a reader sets.
struct Control {
    std::string parameter;
    std::string label;
    std::vector<Choice> choices;
    /// Whether any number of the choices may be on (the parameter is an array; all are on at first) or one.
    bool many = false;
    std::size_t initial = 0;  ///< the choice that is on at first, where it is one
};

struct Figure {
    std::string id;  ///< of the element in a page, and of the file in a folder of plots
    std::string title;
    std::string text;  ///< what there is to see
    nlohmann::ordered_json spec;
    std::vector<Control> controls;
};

/// Chooses one of the choices of a control that has one value, as a reader would (templates/page.js does the
/// same). Throws std::invalid_argument where the figure has no such control or choice: a bug of ours.
void choose(Figure& figure, const std::string& parameter, const std::string& value);

/// Whether it can be chosen.
bool has_choice(const Figure& figure, const std::string& parameter, const std::string& value);

}  // namespace stackshift
