// SPDX-License-Identifier: MIT
#include "page/palette.h"

#include <algorithm>
#include <cmath>

namespace stackshift {
namespace {

using nlohmann::ordered_json;

constexpr std::array<const char*, 8> kShapes = {"circle", "square",        "triangle-up",    "diamond",
                                                "cross",  "triangle-down", "triangle-right", "triangle-left"};

/// Relative luminance of sRGB, as WCAG 2.2 defines it.
double luminance(const std::string& colour) {
    const auto channel = [&](std::size_t at) {
        const double value = std::stoi(colour.substr(at, 2), nullptr, 16) / 255.0;
        return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

template <typename F>
ordered_json scale(const std::vector<std::string>& names, const F& value_of) {
    ordered_json range = ordered_json::array();
    for (std::size_t i = 0; i < names.size(); ++i) range.push_back(value_of(i));
    return {{"domain", names}, {"range", std::move(range)}};
}

}  // namespace

double contrast(const std::string& a, const std::string& b) {
    const double one = luminance(a);
    const double other = luminance(b);
    return (std::max(one, other) + 0.05) / (std::min(one, other) + 0.05);
}

ordered_json colour_scale(const std::vector<std::string>& names) {
    return scale(names, [](std::size_t i) { return i == 0 ? kQuiet : kColours[(i - 1) % kColours.size()]; });
}

ordered_json shape_scale(const std::vector<std::string>& names) {
    return scale(names, [](std::size_t i) { return kShapes[i % kShapes.size()]; });
}

ordered_json dash_scale(const std::vector<std::string>& names) {
    return scale(names, [](std::size_t i) -> ordered_json {
        // Solid, then ever shorter dashes: one more for each time that the colours have been used up.
        switch (i == 0 ? 0 : (i - 1) / kColours.size()) {
            case 0:
                return ordered_json::array({1, 0});
            case 1:
                return ordered_json::array({6, 3});
            default:
                return ordered_json::array({2, 2});
        }
    });
}

}  // namespace stackshift
