// SPDX-License-Identifier: MIT
// Where the chart library is: what plots/package-lock.json has installed.
#pragma once

#include <filesystem>

#include "page/html.h"

namespace stackshift {

/// Reads Vega and Vega-Lite from DIR/node_modules. Where they are not there, `why_not` says what installs
/// them.
ChartLibrary load_charts(const std::filesystem::path& directory);

}  // namespace stackshift
