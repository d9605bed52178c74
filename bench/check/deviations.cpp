// SPDX-License-Identifier: MIT
#include "check/deviations.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

std::string trimmed(const std::string& text) {
    const size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// The four columns; the last one may hold any text.
std::vector<std::string> columns_of(const std::string& line) {
    std::vector<std::string> columns;
    size_t at = 0;
    while (columns.size() < 3) {
        // " | ": a regular expression may hold a bar without blanks.
        const size_t bar = line.find(" | ", at);
        if (bar == std::string::npos) return {};
        columns.push_back(trimmed(line.substr(at, bar - at)));
        at = bar + 3;
    }
    columns.push_back(trimmed(line.substr(at)));
    return columns;
}

}  // namespace

bool Deviation::is_of(const std::string& strategy) const {
    return std::find(strategies.begin(), strategies.end(), strategy) != strategies.end();
}

std::vector<Deviation> read_deviations(const std::filesystem::path& file) {
    std::vector<Deviation> deviations;
    std::istringstream lines(read_file(file));
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (line.empty() || line.starts_with('#')) continue;
        const std::vector<std::string> columns = columns_of(line);
        if (columns.empty() ||
            std::any_of(columns.begin(), columns.end(), [](const auto& text) { return text.empty(); })) {
            throw Error(Exit::usage, fmt::format("{}:{}: a line is STRATEGIES | TESTS | SEEN | REASON",
                                                 file.string(), number));
        }
        Deviation deviation;
        deviation.line = number;
        std::istringstream names(columns[0]);
        for (std::string name; names >> name;) deviation.strategies.push_back(name);
        deviation.tests = columns[1];
        deviation.seen = columns[2];
        deviation.reason = columns[3];
        const auto pattern = [&](const std::string& text) {
            try {
                return std::regex(text);
            } catch (const std::regex_error& error) {
                throw Error(Exit::usage, fmt::format("{}:{}: '{}' is not a regular expression: {}",
                                                     file.string(), number, text, error.what()));
            }
        };
        deviation.tests_pattern = pattern(deviation.tests);
        deviation.seen_pattern = pattern(deviation.seen);
        deviations.push_back(std::move(deviation));
    }
    return deviations;
}

const char* to_string(CheckRow::Status status) {
    switch (status) {
        case CheckRow::Status::ok:
            return "ok";
        case CheckRow::Status::deviation:
            return "deviation";
        case CheckRow::Status::failed:
            return "failed";
        case CheckRow::Status::skipped:
            return "skipped";
    }
    return "?";
}

void apply_deviations(const std::string& strategy, std::vector<CheckRow>& rows,
                      const std::vector<Deviation>& deviations, bool all_ran) {
    std::vector<CheckRow> absent;
    for (const Deviation& deviation : deviations) {
        if (!deviation.is_of(strategy)) continue;
        bool ran = false;
        for (CheckRow& row : rows) {
            if (!std::regex_match(row.test, deviation.tests_pattern)) continue;
            ran = true;
            if (row.status == CheckRow::Status::ok) {
                row.status = CheckRow::Status::failed;
                row.reason =
                    fmt::format("does what mainline does, though kernels/deviations:{} declares '{}'",
                                deviation.line, deviation.seen);
            } else if (row.status == CheckRow::Status::failed && row.reason.empty() &&
                       std::regex_search(row.seen, deviation.seen_pattern)) {
                row.status = CheckRow::Status::deviation;
                row.reason = deviation.reason;
            }
        }
        if (!ran && all_ran) {
            absent.push_back({strategy, deviation.tests, "", CheckRow::Status::failed, "",
                              fmt::format("kernels/deviations:{} declares it, and there is no such test",
                                          deviation.line)});
        }
    }
    for (CheckRow& row : rows) {
        if (row.status == CheckRow::Status::failed && row.reason.empty()) {
            row.reason = "not what mainline does, and not declared in kernels/deviations";
        }
    }
    rows.insert(rows.end(), absent.begin(), absent.end());
}

}  // namespace stackshift
