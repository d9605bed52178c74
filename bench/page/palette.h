// SPDX-License-Identifier: MIT
// Colours and shapes of charts.
//
// Colours: blue, vermillion, bluish green and reddish purple of Okabe and Ito, "Color Universal Design"
// (2008), and purple and olive of Paul Tol, "Colour Schemes" (SRON technical note, 2021; "bright" and
// "muted"). They are those of both sets that keep WCAG 2.2's contrast of graphics (3:1, success
// criterion 1.4.11) on the page's light and on its dark ground, so that a chart is the same in both. Nothing
// is told by colour alone: each line has a shape of its points besides, and lines that share a colour have
// other dashes.
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace stackshift {

inline constexpr std::array<const char*, 6> kColours = {"#0072B2", "#D55E00", "#009E73",
                                                        "#CC79A7", "#AA3377", "#999933"};
/// Of what is no finding: a baseline, phases that all strategies share.
inline constexpr const char* kQuiet = "#808080";
/// The grounds that colours stand on (templates/page.css).
inline constexpr const char* kLightGround = "#ffffff";
inline constexpr const char* kDarkGround = "#101216";

/// WCAG 2.2's contrast ratio of two colours ("#rrggbb"), 1 to 21.
double contrast(const std::string& a, const std::string& b);

/// Scales (Vega-Lite's) that give each name a colour, a shape and a dash of its own; the first is quiet.
nlohmann::ordered_json colour_scale(const std::vector<std::string>& names);
nlohmann::ordered_json shape_scale(const std::vector<std::string>& names);
nlohmann::ordered_json dash_scale(const std::vector<std::string>& names);

}  // namespace stackshift
