// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "page/figures.h"
#include "page/spec.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

void add_once(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

// Of a full profile's hundreds of cells: what a reader goes through by hand, and a page of some megabytes
// holds.
constexpr std::size_t kMostCells = 60;

/// The step that a point begins, or null.
const HistoryStep* step_at(const HistorySeries& series, std::size_t point) {
    for (const HistoryStep& step : series.steps)
        if (step.at == point) return &step;
    return nullptr;
}

ordered_json point_of(const HistoryReport& history, const HistorySeries& series, std::size_t at) {
    const HistoryPoint& point = series.points[at];
    const HistoryRun& run = history.runs[point.result];
    const auto commit = run.commits.find(point.kernel);
    std::string says = fmt::format("{}, {}: {} {}, run {} of {}", series.name, series.cell,
                                   point.value ? fmt::format("{:.0f}", *point.value) : "FAIL", history.metric,
                                   run.id, run.started);
    if (commit != run.commits.end() && !commit->second.empty()) says += ", " + commit->second;
    ordered_json made = {{"series", series.name}, {"cell", series.cell}, {"run", point.result + 1}};
    if (point.value) made["value"] = *point.value;
    if (const HistoryStep* step = step_at(series, at)) {
        made["step"] = true;
        says += fmt::format("; a step: {}{}", step->rule, step->part.empty() ? "" : ", in " + step->part);
    }
    made["says"] = says;
    return made;
}

}  // namespace

std::optional<Figure> history_figure(const HistoryReport& history, const std::string& id) {
    ordered_json values = ordered_json::array();
    std::vector<std::string> names;
    std::vector<std::string> cells;
    // Cells that stepped first: the first of them is what is shown.
    for (const bool stepped : {true, false})
        for (const HistorySeries& series : history.series)
            if (series.steps.empty() != stepped) add_once(cells, series.cell);
    const std::size_t left_out = cells.size() - std::min(cells.size(), kMostCells);
    cells.resize(cells.size() - left_out);
    for (const HistorySeries& series : history.series) {
        if (std::find(cells.begin(), cells.end(), series.cell) == cells.end()) continue;
        add_once(names, series.name);
        for (std::size_t at = 0; at < series.points.size(); ++at)
            values.push_back(point_of(history, series, at));
    }
    if (values.empty()) return std::nullopt;
    Figure figure;
    figure.id = id + "history";
    figure.title = "From run to run";
    figure.text =
        "A line is a kernel, a point a run, the oldest on the left. Runs in which the value stepped are "
        "circled; "
        "cells that stepped are the first to choose from.";
    if (left_out > 0) figure.text += fmt::format(" {} cells that come last are left out.", left_out);
    Control control = {"cell", "cell", {}, false};
    for (const std::string& cell : cells) control.choices.push_back({cell, cell});
    figure.controls = {control, spec::shown_control("kernels", names)};
    figure.spec = spec::whole(300);
    figure.spec["params"] = spec::parameters(figure.controls);
    figure.spec["data"] = {{"values", values}};
    figure.spec["transform"] = ordered_json::array(
        {{{"filter", "datum.cell == cell && indexof(shown, datum.series) >= 0 && isValid(datum.value)"}}});
    figure.spec["encoding"] = {
        {"x", {{"field", "run"}, {"type", "quantitative"}, {"title", "run"}, {"axis", {{"tickMinStep", 1}}}}},
        {"y",
         {{"field", "value"},
          {"type", "quantitative"},
          {"title", history.metric},
          {"scale", {{"zero", false}}}}},
        {"color", spec::colour("series", names)}};
    figure.spec["layer"] = ordered_json::array(
        {spec::layer({{"type", "line"}, {"strokeWidth", 1.5}}, {{"strokeDash", spec::dash("series", names)}}),
         spec::layer({{"type", "point"},
                      {"size", 260},
                      {"shape", "circle"},
                      {"filled", false},
                      {"strokeWidth", 1.5},
                      {"opacity", 1}},
                     ordered_json::object(), "datum.step == true"),
         spec::layer(spec::telling_mark("point", {{"filled", true}, {"size", 60}, {"opacity", 1}}),
                     {{"shape", spec::shape("series", names)}})});
    return figure;
}

}  // namespace stackshift
