// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "matrix/phase.h"
#include "page/figures.h"
#include "page/palette.h"
#include "page/points.h"
#include "page/spec.h"
#include "results/json.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

constexpr int kBar = 28;  // pixels of a row
// In the middle of the sizes: one that is usual.
constexpr int kUsualPages = 8;

/// A colour for each phase in which strategies differ; the others are quiet, and told from their neighbours
/// by the gap between them. The placement, which is the move, is the one that stands out.
const char* colour_of(Phase phase) {
    switch (phase) {
        case Phase::init:
            return kColours[0];
        case Phase::inode:
            return kColours[4];
        case Phase::strings:
            return kColours[2];
        case Phase::early_place:
            return kColours[5];
        case Phase::detach:
            return kColours[4];
        case Phase::mm_switch:
            return kColours[3];
        case Phase::place:
            return kColours[1];
        case Phase::evict:
            return kColours[5];
        case Phase::free:
            return kColours[0];
        default:
            return kQuiet;
    }
}

ordered_json phase_scale() {
    ordered_json range = ordered_json::array();
    for (const Spelling<Phase>& phase : kSpellings<Phase>) range.push_back(colour_of(phase.value));
    return {{"domain", spellings<Phase>()}, {"range", std::move(range)}};
}

struct Bars {
    ordered_json values = ordered_json::array();
    std::set<int> pages;
    std::vector<Configuration> configurations;
    std::vector<std::string> strategies;
};

void add_bars(Bars& bars, const Contender& contender, const Row& row, const Configuration& configuration) {
    const CellResult* cell = contender.find(row, configuration);
    std::size_t order = 0;
    for (const Spelling<Phase>& phase : kSpellings<Phase>) {
        const Metric* metric = find_metric(cell, metrics::of(phase.value));
        ++order;
        if (!metric) continue;
        bars.values.push_back({{"strategy", contender.label},
                               {"configuration", configuration.title},
                               {"pages", std::to_string(row.pages)},
                               {"phase", phase.text},
                               {"order", order},
                               {"value", json_number(metric->median)},
                               {"cell", cell->cell.name()}});
        bars.pages.insert(row.pages);
        if (std::none_of(bars.configurations.begin(), bars.configurations.end(),
                         [&](const Configuration& known) {
                             return known.abi == configuration.abi && known.aslr == configuration.aslr;
                         }))
            bars.configurations.push_back(configuration);
        if (std::find(bars.strategies.begin(), bars.strategies.end(), contender.label) ==
            bars.strategies.end())
            bars.strategies.push_back(contender.label);
    }
}

Control pages_control(const std::set<int>& pages) {
    Control control = {"pages", "pages of arguments", {}, false};
    for (const int count : pages) control.choices.push_back({std::to_string(count), std::to_string(count)});
    for (std::size_t i = 0; i < control.choices.size(); ++i)
        if (control.choices[i].value == std::to_string(kUsualPages)) control.initial = i;
    return control;
}

}  // namespace

std::optional<Figure> phase_figure(const View& view, const std::string& id) {
    Bars bars;
    for (const Configuration& configuration : kConfigurations)
        for (const Contender& contender : view.contenders)
            for (const Row& row : view.rows_of(ExecPath::self_exec, true))
                add_bars(bars, contender, row, configuration);
    if (bars.values.empty()) return std::nullopt;
    Figure figure;
    figure.id = id + "phases";
    figure.title = "Phases of an exec";
    figure.text =
        "A bar is an exec, from its beginning on the left. In the phase place the stack gets to its final "
        "place: "
        "there mainline moves it. Grey phases are the same work for all. pristine is missing, because "
        "unpatched "
        "source has no stamps; relocate is the same source with stamps.";
    figure.controls = {spec::configuration_control(bars.configurations), pages_control(bars.pages)};
    figure.spec = spec::whole(kBar * static_cast<int>(bars.strategies.size()));
    figure.spec["params"] = spec::parameters(figure.controls);
    figure.spec["data"] = {{"values", bars.values}};
    figure.spec["transform"] =
        ordered_json::array({{{"filter", "datum.configuration == configuration && datum.pages == pages"}},
                             {{"calculate",
                               "datum.strategy + ', ' + datum.cell + ': ' + format(datum.value, '.0f') + "
                               "' instructions in ' + datum.phase"},
                              {"as", "says"}}});
    figure.spec["mark"] = spec::telling_mark("bar", {{"stroke", kLightGround}, {"strokeWidth", 0.5}});
    figure.spec["encoding"] = {
        {"x",
         {{"aggregate", "sum"}, {"field", "value"}, {"type", "quantitative"}, {"title", "instructions"}}},
        {"y", {{"field", "strategy"}, {"type", "nominal"}, {"title", nullptr}, {"sort", bars.strategies}}},
        {"color", {{"field", "phase"}, {"type", "nominal"}, {"title", nullptr}, {"scale", phase_scale()}}},
        {"order", {{"field", "order"}, {"type", "quantitative"}}},
        {"detail", ordered_json::array({{{"field", "says"}}, {{"field", "cell"}}})}};
    return figure;
}

}  // namespace stackshift
