// SPDX-License-Identifier: MIT
// A report as one HTML file that needs nothing else: no network, and no script to be read.
#pragma once

#include <string>

#include "page/page.h"

namespace stackshift {

/// What draws a page's charts: the texts of Vega and Vega-Lite as their packages have them. Empty: no charts.
struct ChartLibrary {
    std::string vega;
    std::string vega_lite;
    std::string why_not;  ///< where they are empty: what is missing, and what installs it

    bool there() const { return !vega.empty() && !vega_lite.empty(); }
};

/// The page. Whatever stands in the report is text: no name or reason of a result can end a script or begin
/// an element.
std::string page_html(const Report& report, const ChartLibrary& charts);

}  // namespace stackshift
