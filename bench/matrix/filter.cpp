// SPDX-License-Identifier: MIT
#include "matrix/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {

Plan select_plan(const MatrixRequest& request) {
    const std::vector<std::string>& names = profile_names();
    if (std::find(names.begin(), names.end(), request.profile) == names.end()) {
        throw Error(Exit::usage, unknown_name_message("profile", request.profile, names));
    }
    const Plan plan = make_plan(request.profile);
    if (request.filter.empty()) return plan;
    try {
        Plan filtered = filter_plan(plan, request.filter);
        if (filtered.cells.empty()) {
            throw Error(Exit::usage,
                        fmt::format("--filter '{}' matches none of the {} cells of profile {} (see: list)",
                                    request.filter, plan.cells.size(), request.profile));
        }
        return filtered;
    } catch (const std::regex_error& error) {
        throw Error(Exit::usage, fmt::format("--filter '{}' is not a regular expression: {}", request.filter,
                                             error.what()));
    }
}

Plan filter_plan(const Plan& plan, const std::string& regex) {
    const std::regex pattern(regex);
    Plan filtered;
    for (const PlannedCell& planned : plan.cells) {
        if (std::regex_search(planned.cell.name(), pattern)) filtered.cells.push_back(planned);
    }
    return filtered;
}

}  // namespace stackshift
