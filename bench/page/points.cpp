// SPDX-License-Identifier: MIT
#include "page/points.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/entries.h"
#include "report/floor.h"
#include "results/json.h"

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
ordered_json rounded(double value, double parts) {
    return json_number(std::round(value * parts) / parts);
}

}  // namespace

std::optional<double> Quantity::of(const CellResult* cell) const {
    const Metric* found = find_metric(cell, metric);
    if (!found) return std::nullopt;
    return mean ? found->mean : found->median;
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

std::string telling_expression(const View& view, const std::vector<Quantity>& quantities) {
    ordered_json labels = ordered_json::object();
    ordered_json digits = ordered_json::object();
    for (const Quantity& quantity : quantities) {
        labels[quantity.metric] = quantity.label;
        digits[quantity.metric] = quantity.mean ? ",.2f" : ",.0f";
    }
    // JSON texts and objects are Vega's, too.
    const std::string base = ordered_json(view.contenders.front().label).dump();
    const auto number = [&](const std::string& field, const char* sign = "") {
        return fmt::format("format(datum.{}, '{}' + ({})[datum.metric])", field, sign, digits.dump());
    };
    const std::string measured = fmt::format("{} + ' ' + ({})[datum.metric]", number("value"), labels.dump());
    const std::string range =
        fmt::format("(isValid(datum.low) ? ', {} ' + {} + ' to ' + {} : '')",
                    view.clock() ? "95 % interval" : "seeds", number("low"), number("high"));
    const std::string percent =
        "(isValid(datum.percent) ? ' (' + format(datum.percent, '+.2f') + ' %)' : '')";
    const std::string difference = fmt::format(
        "(isValid(datum.difference) && datum.strategy != {} ? '; ' + {} + {} + ' against ' + {} : '')", base,
        number("difference", "+"), percent, base);
    const std::string floor =
        "(isValid(datum.floor) ? (abs(datum.difference) > datum.floor ? '; ' : '; that says nothing: ') + "
        "'draws of ASLR alone make up to ' + format(datum.floor, ',') : '')";
    return fmt::format(
        "datum.strategy + ', ' + datum.cell + ': ' + (isValid(datum.value) ? {} + {} + {} + {} : "
        "datum.status + ': ' + datum.reason)",
        measured, range, difference, floor);
}

std::optional<ordered_json> point_of(const View& view, const Contender& contender, const Row& row,
                                     const Configuration& configuration, const Quantity& quantity) {
    const CellResult* cell = contender.find(row, configuration);
    if (cell == nullptr) return std::nullopt;
    const std::optional<double> value = quantity.of(cell);
    if (!value && cell->status == CellStatus::ok) return std::nullopt;
    ordered_json point = {{"strategy", contender.label}, {"configuration", configuration.title},
                          {"path", to_string(row.path)}, {"pages", row.pages},
                          {"metric", quantity.metric},   {"status", to_string(cell->status)},
                          {"cell", cell->cell.name()}};
    if (!value) {
        point["reason"] = cell->reason;
        return point;
    }
    const double parts = quantity.mean ? kFine : 2;  // medians end in .0 or .5
    point["value"] = rounded(*value, parts);
    if (const auto range = range_of(view, *find_metric(cell, quantity.metric))) {
        point["low"] = rounded(range->first, parts);
        point["high"] = rounded(range->second, parts);
    }
    const CellResult* base = view.contenders.front().find(row, configuration);
    const std::optional<double> base_value = quantity.of(base);
    if (!base_value) return point;
    const std::optional<double> difference = difference_of(cell, base, quantity);
    point["base"] = rounded(*base_value, parts);
    point["difference"] = rounded(*difference, parts);
    if (const auto of_base = percent_of(difference, base, quantity))
        point["percent"] = rounded(*of_base, kFine);
    if (quantity.metric != view.cost() || base == cell) return point;
    if (const auto floor = difference_floor(view, row, configuration, configuration))
        point["floor"] = rounded(*floor, 1);
    return point;
}

}  // namespace stackshift
