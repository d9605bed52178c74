// SPDX-License-Identifier: MIT
#include "page/charts.h"

#include <fmt/format.h>

#include "util/files.h"

namespace stackshift {

ChartLibrary load_charts(const std::filesystem::path& directory) {
    const std::filesystem::path modules = directory / "node_modules";
    ChartLibrary charts;
    charts.vega = read_file_or(modules / "vega/build/vega.min.js", "");
    charts.vega_lite = read_file_or(modules / "vega-lite/build/vega-lite.min.js", "");
    if (charts.there()) return charts;
    charts = {};
    charts.why_not =
        "This page has its tables and no charts, because the chart library is not there: it is fetched by "
        "npm. Once "
        "npm is installed (Debian: sudo apt-get install --no-install-recommends nodejs npm), ./run.sh report "
        "fetches it and makes the page with charts.";
    return charts;
}

}  // namespace stackshift
