// SPDX-License-Identifier: MIT
#include "results/describe.h"

namespace stackshift {

CellResult describe_cell(const Cell& cell, const std::string& strategy) {
    CellResult result;
    result.name = cell.name();
    result.strategy = strategy;
    result.abi = to_string(cell.abi);
    result.aslr = cell.aslr;
    result.pages = cell.pages;
    result.shape = to_string(cell.shape);
    result.place = to_string(cell.place);
    return result;
}

}  // namespace stackshift
