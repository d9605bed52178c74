// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "page/figures.h"
#include "page/points.h"
#include "page/spec.h"
#include "report/flush_model.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

struct Kind {
    const char* name;
    const char* label;
    const char* metric;
    double Flushes::*foretold;
};
constexpr std::array<Kind, 2> kKinds = {
    {{"full", "full flushes", metrics::kFlushAll, &Flushes::full},
     {"page", "flushes of one page", metrics::kFlushOne, &Flushes::pages}}};

struct Counted {
    ordered_json values = ordered_json::array();
    std::set<int> pages;
    std::vector<Configuration> configurations;
    std::vector<std::string> strategies;
};

void add_cell(Counted& counted, const Contender& contender, const Row& row,
              const Configuration& configuration) {
    const CellResult* cell = contender.find(row, configuration);
    const std::optional<Flushes> flushes = predicted_flushes(contender.strategy, row.cell(configuration));
    for (const Kind& kind : kKinds) {
        const Metric* metric = find_metric(cell, kind.metric);
        if (!metric) continue;
        ordered_json value = {{"strategy", contender.label}, {"configuration", configuration.title},
                              {"pages", row.pages},          {"kind", kind.name},
                              {"counted", metric->mean},     {"cell", cell->cell.name()}};
        if (flushes) value["foretold"] = std::round((*flushes).*kind.foretold * 10000) / 10000;
        counted.values.push_back(std::move(value));
        counted.pages.insert(row.pages);
        if (std::none_of(counted.configurations.begin(), counted.configurations.end(),
                         [&](const Configuration& known) {
                             return known.abi == configuration.abi && known.aslr == configuration.aslr;
                         }))
            counted.configurations.push_back(configuration);
        if (std::find(counted.strategies.begin(), counted.strategies.end(), contender.label) ==
            counted.strategies.end())
            counted.strategies.push_back(contender.label);
    }
}

}  // namespace

std::optional<Figure> flush_figure(const View& view, const std::string& id) {
    Counted counted;
    for (const Configuration& configuration : kConfigurations)
        for (const Contender& contender : view.contenders)
            for (const Row& row : view.rows_of(ExecPath::self_exec, true))
                add_cell(counted, contender, row, configuration);
    if (counted.values.empty()) return std::nullopt;
    Figure figure;
    figure.id = id + "flushes";
    figure.title = "TLB flushes, counted and foretold";
    figure.text = fmt::format(
        "Points are counted. The dashed line is what mainline's source makes of a move: up to {} pages it "
        "flushes "
        "page by page, from {} on all at once, and freeing the old page tables flushes once more. Strategies "
        "that "
        "do not move a live stack lie at 0.",
        kFlushCeiling, kFlushCeiling + 1);
    figure.controls = {spec::configuration_control(counted.configurations),
                       {"kind", "flushes", {{"full", "full"}, {"page", "of one page"}}, false},
                       spec::shown_control("strategies", counted.strategies)};
    figure.spec = spec::whole(300);
    figure.spec["params"] = spec::parameters(figure.controls);
    figure.spec["data"] = {{"values", counted.values}};
    figure.spec["transform"] = ordered_json::array(
        {{{"filter",
           "datum.configuration == configuration && datum.kind == kind && "
           "indexof(shown, datum.strategy) >= 0"}},
         {{"calculate",
           "datum.strategy + ', ' + datum.cell + ': ' + format(datum.counted, '.2f') + ' counted per exec' + "
           "(isValid(datum.foretold) ? ', ' + format(datum.foretold, '.2f') + ' foretold' : '')"},
          {"as", "says"}}});
    figure.spec["encoding"] = {{"x", spec::pages_axis({counted.pages.begin(), counted.pages.end()})},
                               {"color", spec::colour("strategy", counted.strategies)}};
    const auto y = [](const char* field) {
        return ordered_json{{"y", spec::quantity(field, "flushes per exec (mean)")}};
    };
    ordered_json points = y("counted");
    points["shape"] = spec::shape("strategy", counted.strategies);
    figure.spec["layer"] = ordered_json::array(
        {spec::layer({{"type", "line"}, {"strokeDash", {4, 3}}, {"strokeWidth", 1.5}}, y("foretold"),
                     "isValid(datum.foretold)"),
         spec::layer(spec::telling_mark("point", {{"filled", true}, {"size", 70}, {"opacity", 1}}), points)});
    return figure;
}

}  // namespace stackshift
