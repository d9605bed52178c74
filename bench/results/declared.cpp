// SPDX-License-Identifier: MIT
#include "results/declared.h"

#include <fmt/format.h>

#include <sstream>

#include "util/error.h"
#include "util/files.h"

namespace stackshift {

std::vector<DeclaredFailure> read_declared_failures(const std::filesystem::path& file) {
    std::vector<DeclaredFailure> declared;
    std::istringstream lines(read_file_or(file, ""));
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (line.empty() || line.starts_with('#')) continue;
        const size_t end = line.find_first_of(" \t");
        const size_t reason = line.find_first_not_of(" \t", end);
        if (end == std::string::npos || end == 0 || reason == std::string::npos) {
            throw Error(Exit::usage,
                        fmt::format("{}:{}: a regular expression of cell names and a text of the "
                                    "failure's reason are wanted",
                                    file.string(), number));
        }
        try {
            declared.push_back({line.substr(0, end), std::regex(line.substr(0, end)), line.substr(reason)});
        } catch (const std::regex_error& error) {
            throw Error(Exit::usage, fmt::format("{}:{}: '{}' is not a regular expression: {}", file.string(),
                                                 number, line.substr(0, end), error.what()));
        }
    }
    return declared;
}

void apply_declared_failures(std::vector<CellResult>& cells, const std::vector<DeclaredFailure>& declared) {
    for (CellResult& cell : cells) {
        if (cell.status == CellStatus::unavailable) continue;
        for (const DeclaredFailure& failure : declared) {
            if (!std::regex_search(cell.cell.name(), failure.pattern)) continue;
            if (cell.status == CellStatus::ok) {
                cell.status = CellStatus::failed;
                cell.reason = fmt::format("did not fail, though declared to ({})", failure.reason);
                cell.expected = false;
                cell.metrics.clear();
            } else if (cell.reason.find(failure.reason) != std::string::npos) {
                cell.expected = true;
            }
        }
    }
}

}  // namespace stackshift
