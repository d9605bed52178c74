// SPDX-License-Identifier: MIT
#include "matrix/filter.h"

#include <fmt/format.h>

#include <algorithm>

#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {

CellFilter::CellFilter(std::string option, const std::string& expression) try
    : described_(fmt::format("{} '{}'", option, expression)), pattern_(expression) {
} catch (const BadPattern& error) {
    throw Error(Exit::usage,
                fmt::format("{} '{}' is not a regular expression: {}", option, expression, error.what()));
}

bool CellFilter::takes(const Cell& cell) const {
    try {
        return pattern_.found_in(cell.name());
    } catch (const BadPattern& error) {
        throw Error(Exit::usage, fmt::format("{} cannot be used: {}", described_, error.what()));
    }
}

Plan select_plan(const MatrixRequest& request) {
    const std::vector<std::string>& names = profile_names();
    if (std::find(names.begin(), names.end(), request.profile) == names.end()) {
        throw Error(Exit::usage, unknown_name_message("profile", request.profile, names));
    }
    const CellFilter filter("--filter", request.filter);
    const Plan plan = make_plan(request.profile);
    Plan filtered;
    for (const PlannedCell& planned : plan.cells) {
        if (filter.takes(planned.cell)) filtered.cells.push_back(planned);
    }
    if (filtered.cells.empty()) {
        throw Error(Exit::usage,
                    fmt::format("--filter '{}' matches none of the {} cells of profile {} (see: list)",
                                request.filter, plan.cells.size(), request.profile));
    }
    return filtered;
}

}  // namespace stackshift
