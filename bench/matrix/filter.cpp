// SPDX-License-Identifier: MIT
// Apart from matrix.cpp, so that the guest's init does not carry a regex engine.
#include <regex>

#include "matrix/matrix.h"

namespace stackshift {

Plan filter_plan(const Plan& plan, const std::string& regex) {
    const std::regex pattern(regex);
    Plan filtered;
    for (const PlannedCell& planned : plan.cells) {
        if (std::regex_search(planned.cell.name(), pattern)) filtered.cells.push_back(planned);
    }
    return filtered;
}

}  // namespace stackshift
