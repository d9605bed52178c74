// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "page/figures.h"
#include "page/points.h"
#include "page/spec.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

constexpr int kRow = 24;  // pixels of one of the other cells

/// Points of these rows, and what of the axes they use.
struct Points {
    ordered_json values = ordered_json::array();
    std::set<int> pages;
    std::vector<Configuration> configurations;
    std::vector<ExecPath> paths;
    std::vector<Quantity> quantities;
};

template <typename T, typename Same>
void add_once(std::vector<T>& known, const T& one, const Same& same) {
    if (std::none_of(known.begin(), known.end(), [&](const T& other) { return same(one, other); }))
        known.push_back(one);
}

void add_point(Points& points, const View& view, const Contender& contender, const Row& row,
               const Configuration& configuration, const Quantity& quantity) {
    std::optional<ordered_json> point = point_of(view, contender, row, configuration, quantity);
    if (!point) return;
    points.values.push_back(std::move(*point));
    points.pages.insert(row.pages);
    add_once(points.configurations, configuration,
             [](const auto& a, const auto& b) { return a.abi == b.abi && a.aslr == b.aslr; });
    add_once(points.paths, row.path, std::equal_to<>());
    add_once(points.quantities, quantity, [](const auto& a, const auto& b) { return a.metric == b.metric; });
}

Points points_of(const View& view, bool long_self_execs) {
    Points points;
    for (const Quantity& quantity : exact_quantities())
        for (const Configuration& configuration : kConfigurations)
            for (const Contender& contender : view.contenders)
                for (const Row& row : view.rows)
                    if ((row.long_argv() && row.path == ExecPath::self_exec) == long_self_execs)
                        add_point(points, view, contender, row, configuration, quantity);
    return points;
}

Control metric_control(const std::vector<Quantity>& quantities) {
    Control control = {"metric", "what is counted", {}, false};
    for (const Quantity& quantity : quantities) control.choices.push_back({quantity.metric, quantity.label});
    return control;
}

/// "baseline's name" as a text within an expression.
std::string quoted(const std::string& text) {
    return ordered_json(text).dump();
}

ordered_json filter(const std::string& expression) {
    return {{"filter", expression}};
}

ordered_json calculated(const std::string& expression, const std::string& as) {
    return {{"calculate", expression}, {"as", as}};
}

/// What is drawn of a point: `at`, and the ends `from` and `to` of what the seeds gave.
ordered_json drawn_fields(const View& view, const Points& points) {
    return ordered_json::array(
        {filter("datum.configuration == configuration && datum.metric == metric && "
                "indexof(shown, datum.strategy) >= 0"),
         calculated("show == 'percent' ? datum.percent : datum.value", "at"),
         calculated("show == 'percent' ? (datum.low - datum.base) / datum.base * 100 : datum.low", "from"),
         calculated("show == 'percent' ? (datum.high - datum.base) / datum.base * 100 : datum.high", "to"),
         calculated(telling_expression(view, points.quantities), "says")});
}

constexpr const char* kDrawn = "isValid(datum.at) && (show != 'log' || datum.at > 0)";

ordered_json title(const View& view) {
    const std::string base = view.contenders.front().label;
    return {
        {"text",
         {{"expr", fmt::format("(show == 'percent' ? 'difference from ' + {} + ', % of its ' : '') + "
                               "{{'{}': 'instructions', '{}': 'instructions of staging', '{}': 'full TLB "
                               "flushes', '{}': 'TLB flushes of one page', '{}': 'page faults'}}[metric] + "
                               "' per exec, ' + configuration",
                               quoted(base), metrics::kInstructions, metrics::kStagingCost,
                               metrics::kFlushAll, metrics::kFlushOne, metrics::kPageFaults)}}}};
}

}  // namespace

std::optional<Figure> cost_figure(const View& view, const std::string& id) {
    const Points points = points_of(view, true);
    if (points.values.empty()) return std::nullopt;
    const std::vector<std::string> names = spec::labels(view);
    Figure figure;
    figure.id = id + "cost";
    figure.title = "Strategies by size of the arguments";
    figure.text = fmt::format(
        "Each line is a strategy, each point an exec with so many pages of long strings. The bars at the "
        "points "
        "span what the seeds gave, each with other stack addresses. {} is what the others are held against. "
        "A "
        "cross on the axis is a cell that failed.",
        names.front());
    figure.controls = {spec::configuration_control(points.configurations),
                       metric_control(points.quantities),
                       {"show",
                        "shown as",
                        {{"percent", "difference, %", "linear"},
                         {"linear", "count", "linear"},
                         {"log", "count, logarithmic", "log"}},
                        false},
                       spec::shown_control("strategies", names)};
    // Alone there is nothing to be different from.
    if (names.size() == 1)
        std::erase_if(figure.controls[2].choices,
                      [](const Choice& choice) { return choice.value == "percent"; });
    figure.spec = spec::whole(380);
    figure.spec["title"] = title(view);
    figure.spec["params"] = spec::parameters(figure.controls);
    figure.spec["data"] = {{"values", points.values}};
    figure.spec["transform"] = drawn_fields(view, points);
    figure.spec["encoding"] = {
        {"x", spec::pages_axis({points.pages.begin(), points.pages.end()})},
        {"y",
         {{"field", "at"}, {"type", "quantitative"}, {"title", nullptr}, {"scale", {{"type", "linear"}}}}},
        {"color", spec::colour("strategy", names)}};
    ordered_json y_from = {{"field", "from"}, {"type", "quantitative"}, {"title", nullptr}};
    figure.spec["layer"] = ordered_json::array(
        {spec::layer({{"type", "line"}, {"strokeWidth", 1.5}},
                     {{"strokeDash", spec::dash("strategy", names)}}, kDrawn),
         spec::layer({{"type", "rule"}, {"strokeWidth", 2}}, {{"y", y_from}, {"y2", {{"field", "to"}}}},
                     std::string(kDrawn) + " && isValid(datum.from) && (show != 'log' || datum.from > 0)"),
         spec::layer(spec::telling_mark("point", {{"filled", true}, {"size", 70}, {"opacity", 1}}),
                     {{"shape", spec::shape("strategy", names)}}, kDrawn),
         spec::layer(spec::telling_mark("text", {{"text", "\u2715"}, {"fontSize", 15}, {"dy", -6}}),
                     {{"y", {{"value", {{"expr", "height"}}}}}}, "datum.status != 'ok'")});
    return figure;
}

std::optional<Figure> other_figure(const View& view, const std::string& id) {
    Points points = points_of(view, false);
    if (points.values.empty() || view.contenders.size() < 2) return std::nullopt;
    std::vector<std::string> operations;
    for (ordered_json& point : points.values) {
        const std::string cell = point["cell"];
        // "vfork-exec, argv:8p/long"
        const std::string operation =
            cell.substr(0, cell.find('/')) + ", " + cell.substr(cell.rfind('/', cell.rfind('/') - 1) + 1);
        point["operation"] = operation;
        add_once(operations, operation, std::equal_to<>());
    }
    const std::vector<std::string> names = spec::labels(view);
    Figure figure;
    figure.id = id + "other";
    figure.title = "Other strings, places and ways to exec";
    figure.text =
        "Each row is another kind of exec: a whole vfork, exec and wait, a shell's command, a typical "
        "command "
        "line. A mark is a strategy's difference from the baseline.";
    figure.controls = {spec::configuration_control(points.configurations), metric_control(points.quantities),
                       spec::shown_control("strategies", names)};
    figure.spec = spec::whole(kRow * static_cast<int>(operations.size()));
    figure.spec["params"] = spec::parameters(figure.controls);
    figure.spec["data"] = {{"values", points.values}};
    figure.spec["transform"] =
        ordered_json::array({filter("datum.configuration == configuration && datum.metric == metric && "
                                    "indexof(shown, datum.strategy) >= 0 && isValid(datum.percent)"),
                             calculated(telling_expression(view, points.quantities), "says")});
    figure.spec["mark"] = spec::telling_mark("point", {{"filled", true}, {"size", 80}, {"opacity", 1}});
    figure.spec["encoding"] = {
        {"x", spec::quantity("percent", fmt::format("difference from {}, %", names.front()))},
        {"y",
         {{"field", "operation"},
          {"type", "nominal"},
          {"title", nullptr},
          {"sort", operations},
          {"axis", {{"labelLimit", 260}, {"grid", true}}}}},
        {"color", spec::colour("strategy", names)},
        {"shape", spec::shape("strategy", names)}};
    return figure;
}

}  // namespace stackshift
