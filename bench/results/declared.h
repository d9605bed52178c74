// SPDX-License-Identifier: MIT
// The failures that a strategy declares: limits it cannot but have. They are shown and counted, not hidden.
#pragma once

#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "results/result.h"

namespace stackshift {

/// One line of kernels/patches/NAME/declared-failures: a regular expression of cell names and, behind white
/// space, a text that the failure's reason contains.
struct DeclaredFailure {
    std::string cells;
    std::regex pattern;
    std::string reason;
};

/// Reads the file; empty where there is none. Blank lines and lines that start with # are passed over.
/// Throws Error{usage} naming the line for one that is not understood.
std::vector<DeclaredFailure> read_declared_failures(const std::filesystem::path& file);

/// Marks declared failures as expected. A cell that was declared to fail and did not becomes a failure
/// itself. Pure. Cells that are unavailable stay as they are.
void apply_declared_failures(std::vector<CellResult>& cells, const std::vector<DeclaredFailure>& declared);

}  // namespace stackshift
