// SPDX-License-Identifier: MIT
#include "page/points.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/entries.h"
#include "report/floor.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

/// The ends of what the seeds gave, or of the clock's interval.
std::optional<std::pair<double, double>> range_of(const View& view, const Metric& metric) {
    if (view.clock()) {
        const std::optional<Interval> interval = clock_interval(metric);
        if (!interval) return std::nullopt;
        return std::pair(interval->low, interval->high);
    }
    if (metric.group_medians.size() < 2) return std::nullopt;
    const auto [low, high] = std::minmax_element(metric.group_medians.begin(), metric.group_medians.end());
    return std::pair(*low, *high);
}

/// Of the quantity, as the tables take it: medians are subtracted as they are shown.
std::optional<double> difference_of(const CellResult* cell, const CellResult* base,
                                    const Quantity& quantity) {
    if (!quantity.mean) return median_difference(cell, base, quantity.metric);
    const std::optional<double> a = quantity.of(cell);
    const std::optional<double> b = quantity.of(base);
    if (!a || !b) return std::nullopt;
    return *a - *b;
}

std::optional<double> percent_of(std::optional<double> difference, const CellResult* base,
                                 const Quantity& quantity) {
    if (!quantity.mean) return percent(difference, base, quantity.metric);
    const std::optional<double> of = quantity.of(base);
    if (!difference || !of || *of == 0) return std::nullopt;
    return 100 * *difference / *of;
}

// Parts of one that a percentage or a mean is given in.
constexpr double kFine = 10000;

/// Rounded to so many parts of one, which anybody can see: shorter in a page of thousands of them.
double rounded(double value, double parts) {
    return std::round(value * parts) / parts;
}

/// "-6681 (-3.2 %) against pristine, which draws alone do not make".
std::string difference_text(const View& view, const Row& row, const Configuration& configuration,
                            const Quantity& quantity, double difference, std::optional<double> of_base) {
    std::string text = quantity.mean ? fmt::format("; {:+.2f}", difference)
                                     : fmt::format("; {}", difference_entry(difference));
    if (of_base) text += fmt::format(" ({:+.2f} %)", *of_base);
    text += " against " + view.contenders.front().label;
    if (quantity.metric != view.cost() || difference == 0) return text;
    if (const std::optional<double> floor = difference_floor(view, row, configuration, configuration)) {
        text += fmt::format("{} draws of ASLR alone make up to {:.0f}",
                            std::abs(difference) > *floor ? ";" : "; says nothing:", *floor);
    }
    return text;
}

}  // namespace

std::optional<double> Quantity::of(const CellResult* cell) const {
    const Metric* found = find_metric(cell, metric);
    if (!found) return std::nullopt;
    return mean ? found->mean : found->median;
}

std::string Quantity::text(const CellResult* cell) const {
    return mean ? mean_entry(cell, metric) : median_entry(cell, metric);
}

const std::vector<Quantity>& exact_quantities() {
    static const std::vector<Quantity> all = {
        {metrics::kInstructions, "instructions"},       {metrics::kStagingCost, "instructions of staging"},
        {metrics::kFlushAll, "full TLB flushes", true}, {metrics::kFlushOne, "TLB flushes of one page", true},
        {metrics::kPageFaults, "page faults", true},
    };
    return all;
}

const Quantity& clock_quantity() {
    static const Quantity time = {metrics::kTime, "ns"};
    return time;
}

std::string command_of(const Result& result) {
    std::string text = "./run.sh";
    for (std::size_t i = 1; i < result.run.argv.size(); ++i) {
        const std::string& argument = result.run.argv[i];
        const bool plain = argument.find_first_of(" '\"|&;<>()$`\\*?[#~") == std::string::npos;
        text += plain && !argument.empty() ? " " + argument : fmt::format(" '{}'", argument);
    }
    return text;
}

std::optional<ordered_json> point_of(const View& view, const Contender& contender, const Row& row,
                                     const Configuration& configuration, const Quantity& quantity) {
    const CellResult* cell = contender.find(row, configuration);
    if (cell == nullptr) return std::nullopt;
    const std::optional<double> value = quantity.of(cell);
    if (!value && cell->status == CellStatus::ok) return std::nullopt;
    const std::string name = cell->cell.name();
    ordered_json point = {{"strategy", contender.label},
                          {"configuration", configuration.title},
                          {"path", to_string(row.path)},
                          {"pages", row.pages},
                          {"metric", quantity.metric},
                          {"status", to_string(cell->status)},
                          {"cell", name}};
    std::string says = fmt::format("{}, {}: ", contender.label, name);
    if (!value) {
        point["says"] = says + fmt::format("{}: {}", to_string(cell->status), cell->reason);
        return point;
    }
    const double parts = quantity.mean ? kFine : 2;  // medians end in .0 or .5
    point["value"] = rounded(*value, parts);
    says += fmt::format("{} {}", quantity.text(cell), quantity.label);
    const Metric* metric = find_metric(cell, quantity.metric);
    if (const auto range = range_of(view, *metric)) {
        point["low"] = rounded(range->first, parts);
        point["high"] = rounded(range->second, parts);
        says += quantity.mean ? fmt::format(", seeds {:.2f} to {:.2f}", range->first, range->second)
                              : fmt::format(", {} {:.0f} to {:.0f}", view.clock() ? "95 % interval" : "seeds",
                                            range->first, range->second);
    }
    const CellResult* base = view.contenders.front().find(row, configuration);
    const std::optional<double> difference = difference_of(cell, base, quantity);
    const std::optional<double> of_base = percent_of(difference, base, quantity);
    if (const std::optional<double> base_value = quantity.of(base))
        point["base"] = rounded(*base_value, parts);
    if (of_base) point["percent"] = rounded(*of_base, kFine);
    if (difference && base != cell)
        says += difference_text(view, row, configuration, quantity, *difference, of_base);
    point["says"] = says;
    return point;
}

}  // namespace stackshift
