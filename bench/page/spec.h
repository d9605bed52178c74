// SPDX-License-Identifier: MIT
// What the charts' specifications have in common.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "page/figure.h"
#include "report/view.h"

namespace stackshift::spec {

/// Version and look; `height` of the drawing in pixels, its width is its container's.
nlohmann::ordered_json whole(int height);

/// The parameters of these controls, each as it is at first.
nlohmann::ordered_json parameters(const std::vector<Control>& controls);

/// The x axis of sizes in pages: symmetric logarithm, since 0 pages is a size; ticks at the sizes that there
/// are.
nlohmann::ordered_json pages_axis(const std::vector<int>& pages);

/// An axis or mark's field of numbers.
nlohmann::ordered_json quantity(const std::string& field, const nlohmann::ordered_json& title = nullptr);

/// Colour (and in its legend shape and dash) by a field of names.
nlohmann::ordered_json colour(const std::string& field, const std::vector<std::string>& names);
nlohmann::ordered_json shape(const std::string& field, const std::vector<std::string>& names);
nlohmann::ordered_json dash(const std::string& field, const std::vector<std::string>& names);

/// A layer of these parts; `filter` is an expression ("" for none).
nlohmann::ordered_json layer(const nlohmann::ordered_json& mark, const nlohmann::ordered_json& encoding,
                             const std::string& filter = "");

/// A mark that shows its row's `says` when it is pointed at.
nlohmann::ordered_json telling_mark(const std::string& type, const nlohmann::ordered_json& properties);

/// ABI and ASLR, as far as the figure's rows have them; the parameter is "configuration".
Control configuration_control(const std::vector<Configuration>& configurations);

/// "shown": any number of names, called `label`.
Control shown_control(const std::string& label, const std::vector<std::string>& names);

/// The labels of a view's contenders, the baseline first.
std::vector<std::string> labels(const View& view);

}  // namespace stackshift::spec
