// SPDX-License-Identifier: MIT
#include "report/entries.h"

#include <fmt/format.h>

#include <cmath>

#include "report/view.h"

namespace stackshift {

std::string missing_entry(const CellResult* cell, const Metric* metric) {
    if (!cell) return ".";
    if (cell->status == CellStatus::failed) return "FAIL";
    if (cell->status == CellStatus::unavailable) return "n/a";
    return metric ? "" : ".";
}

std::string median_entry(const CellResult* cell, const std::string& metric) {
    const Metric* found = find_metric(cell, metric);
    return found ? fmt::format("{}", std::llround(found->median)) : missing_entry(cell, found);
}

std::string mean_entry(const CellResult* cell, const std::string& metric) {
    const Metric* found = find_metric(cell, metric);
    if (!found) return missing_entry(cell, found);
    return found->mean < 100 ? fmt::format("{:.2f}", found->mean) : fmt::format("{:.1f}", found->mean);
}

std::optional<double> median_difference(const CellResult* a, const CellResult* b, const std::string& metric) {
    const Metric* of_a = find_metric(a, metric);
    const Metric* of_b = find_metric(b, metric);
    if (!of_a || !of_b) return std::nullopt;
    return std::round(of_a->median) - std::round(of_b->median);
}

std::string grouped(double value) {
    const std::string digits = fmt::format("{:.0f}", std::abs(std::round(value)));
    std::string text = std::round(value) < 0 ? "-" : "";
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

std::string difference_entry(std::optional<double> difference) {
    if (!difference) return ".";
    const double whole = std::round(*difference);
    return whole == 0 ? "0" : fmt::format("{:+.0f}", whole);
}

std::optional<double> percent(std::optional<double> difference, const CellResult* base,
                              const std::string& metric) {
    const Metric* found = find_metric(base, metric);
    if (!difference || !found || found->median == 0) return std::nullopt;
    return 100 * *difference / found->median;
}

std::string percent_entry(std::optional<double> difference, const CellResult* base,
                          const std::string& metric) {
    const std::optional<double> value = percent(difference, base, metric);
    if (!value) return ".";
    if (std::abs(*value) < 0.005) return "0.00%";  // with a sign it would look like a finding
    return std::abs(*value) < 1 ? fmt::format("{:+.2f}%", *value) : fmt::format("{:+.1f}%", *value);
}

std::string doubtful(std::string percent) {
    if (percent.ends_with('%')) percent.back() = '~';
    return percent;
}

}  // namespace stackshift
