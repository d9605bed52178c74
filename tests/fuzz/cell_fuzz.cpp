// SPDX-License-Identifier: MIT
// A cell's name; what is accepted is its name.
#include <cstdint>

#include "fuzz/fuzz.h"
#include "matrix/cell.h"
#include "matrix/plan.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    const std::optional<Cell> cell = parse_cell(text);
    if (!cell) return 0;
    ++fuzz::accepted;
    fuzz::require(cell->name() == text, "a cell has two names");
    is_in_matrix(*cell);
    return 0;
}
