// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "page/figures.h"
#include "page/points.h"
#include "page/spec.h"
#include "report/entries.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

/// Of the configurations that have a value: without ASLR first, which the other is held against.
std::vector<std::string> configuration_names(const ordered_json& values) {
    std::vector<std::string> names;
    for (const int i : {1, 0, 3, 2}) {
        const char* const title = kConfigurations[static_cast<std::size_t>(i)].title;
        if (std::any_of(values.begin(), values.end(),
                        [&](const ordered_json& value) { return value["configuration"] == title; }))
            names.emplace_back(title);
    }
    return names;
}

ordered_json points_layer(const std::vector<std::string>& names) {
    return spec::layer(spec::telling_mark("point", {{"filled", true}, {"size", 70}, {"opacity", 1}}),
                       {{"shape", spec::shape("configuration", names)}});
}

ordered_json interval_layer() {
    return spec::layer({{"type", "rule"}, {"strokeWidth", 2}},
                       {{"y", {{"field", "low"}, {"type", "quantitative"}, {"title", nullptr}}},
                        {"y2", {{"field", "high"}}}},
                       "isValid(datum.low)");
}

ordered_json lines_layer(const std::vector<std::string>& names) {
    return spec::layer({{"type", "line"}, {"strokeWidth", 1.5}},
                       {{"strokeDash", spec::dash("configuration", names)}});
}

/// What ASLR adds in one row and ABI, with the widest that both intervals allow.
std::optional<ordered_json> added_by_aslr(const View& view, const Row& row, std::size_t on) {
    const Contender& contender = view.contenders.front();
    const CellResult* with = contender.find(row, kConfigurations[on]);
    const CellResult* without = contender.find(row, kConfigurations[on + 1]);
    const std::optional<double> added = median_difference(with, without, view.cost());
    if (!added) return std::nullopt;
    const std::string abi(to_string(kConfigurations[on].abi));
    ordered_json point = {{"abi", abi}, {"pages", row.pages}, {"value", *added}, {"cell", with->cell.name()}};
    std::string says = fmt::format("{}, {} pages: ASLR adds {:.0f} ns", abi, row.pages, *added);
    const std::optional<Interval> a = clock_interval(*find_metric(with, view.cost()));
    const std::optional<Interval> b = clock_interval(*find_metric(without, view.cost()));
    if (a && b) {
        point["low"] = a->low - b->high;
        point["high"] = a->high - b->low;
        says += fmt::format(", between {:.0f} and {:.0f}", a->low - b->high, a->high - b->low);
    }
    point["says"] = says;
    return point;
}

}  // namespace

std::optional<Figure> time_figure(const View& view, const std::string& id) {
    ordered_json values = ordered_json::array();
    std::set<int> pages;
    for (const Configuration& configuration : kConfigurations) {
        for (const Row& row : view.rows_of(ExecPath::self_exec, true)) {
            std::optional<ordered_json> point =
                point_of(view, view.contenders.front(), row, configuration, clock_quantity());
            if (!point || !point->contains("value")) continue;
            values.push_back(std::move(*point));
            pages.insert(row.pages);
        }
    }
    if (values.empty()) return std::nullopt;
    const std::vector<std::string> names = configuration_names(values);
    Figure figure;
    figure.id = id + "time";
    figure.title = "Time of an exec by size of the arguments";
    figure.text =
        "Medians on the machine that ran it, with their 95 % intervals. With ASLR a native exec moves its "
        "stack; an "
        "i386 exec always does.";
    figure.controls = {
        {"show", "shown as", {{"log", "logarithmic", "log"}, {"linear", "linear", "linear"}}, false}};
    figure.spec = spec::whole(340);
    figure.spec["params"] = spec::parameters(figure.controls);
    figure.spec["data"] = {{"values", values}};
    figure.spec["transform"] =
        ordered_json::array({{{"calculate", telling_expression(view, {clock_quantity()})}, {"as", "says"}}});
    figure.spec["encoding"] = {
        {"x", spec::pages_axis({pages.begin(), pages.end()})},
        {"y", {{"field", "value"}, {"type", "quantitative"}, {"title", "ns"}, {"scale", {{"type", "log"}}}}},
        {"color", spec::colour("configuration", names)}};
    figure.spec["layer"] = ordered_json::array({lines_layer(names), interval_layer(), points_layer(names)});
    return figure;
}

std::optional<Figure> aslr_figure(const View& view, const std::string& id) {
    ordered_json values = ordered_json::array();
    std::set<int> pages;
    for (std::size_t on = 0; on < kConfigurations.size(); on += 2) {
        for (const Row& row : view.rows_of(ExecPath::self_exec, true)) {
            std::optional<ordered_json> point = added_by_aslr(view, row, on);
            if (!point) continue;
            values.push_back(std::move(*point));
            pages.insert(row.pages);
        }
    }
    if (values.empty()) return std::nullopt;
    Figure figure;
    figure.id = id + "aslr";
    figure.title = "What ASLR adds to an exec's time";
    figure.text =
        "Native: the move for the most part. i386 execs move their stacks with ASLR and without, so what "
        "they show "
        "is the rest. The bars are the widest difference that both 95 % intervals allow. Where 33 pages cost "
        "more "
        "than 34, that is the price of flushing page by page.";
    std::vector<std::string> names;
    for (const char* abi : {"i386", "native"})
        if (std::any_of(values.begin(), values.end(),
                        [&](const ordered_json& value) { return value["abi"] == abi; }))
            names.emplace_back(abi);
    figure.spec = spec::whole(280);
    figure.spec["data"] = {{"values", values}};
    figure.spec["encoding"] = {{"x", spec::pages_axis({pages.begin(), pages.end()})},
                               {"y", spec::quantity("value", "ns with ASLR, less ns without")},
                               {"color", spec::colour("abi", names)}};
    ordered_json points =
        spec::layer(spec::telling_mark("point", {{"filled", true}, {"size", 70}, {"opacity", 1}}),
                    {{"shape", spec::shape("abi", names)}});
    figure.spec["layer"] =
        ordered_json::array({spec::layer({{"type", "line"}, {"strokeWidth", 1.5}}, ordered_json::object()),
                             interval_layer(), points});
    return figure;
}

}  // namespace stackshift
