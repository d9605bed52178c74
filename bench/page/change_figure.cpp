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

const Contender* same_strategy(const View& view, const std::string& strategy) {
    for (const Contender& contender : view.contenders)
        if (contender.strategy == strategy) return &contender;
    return nullptr;
}

std::optional<ordered_json> change_of(const View& view, const CellResult* before, const CellResult* after) {
    const std::optional<double> difference = median_difference(after, before, view.cost());
    const std::optional<double> of = percent(difference, before, view.cost());
    if (!of) return std::nullopt;
    return ordered_json{
        {"percent", *of},
        {"says", fmt::format("{}, {}: {} before, {} after, {} ({:+.2f} %)", after->strategy,
                             after->cell.name(), median_entry(before, view.cost()),
                             median_entry(after, view.cost()), difference_entry(difference), *of)}};
}

}  // namespace

std::optional<Figure> change_figure(const View& before, const View& after, const std::string& id) {
    ordered_json values = ordered_json::array();
    std::set<int> pages;
    std::vector<Configuration> configurations;
    std::vector<std::string> names;
    for (const Configuration& configuration : kConfigurations) {
        for (const Contender& contender : after.contenders) {
            const Contender* old = same_strategy(before, contender.strategy);
            if (old == nullptr) continue;
            for (const Row& row : after.rows_of(ExecPath::self_exec, true)) {
                std::optional<ordered_json> value =
                    change_of(after, old->find(row, configuration), contender.find(row, configuration));
                if (!value) continue;
                (*value)["strategy"] = contender.strategy;
                (*value)["configuration"] = configuration.title;
                (*value)["pages"] = row.pages;
                (*value)["cell"] = row.cell(configuration).name();
                values.push_back(std::move(*value));
                pages.insert(row.pages);
                if (std::find(names.begin(), names.end(), contender.strategy) == names.end())
                    names.push_back(contender.strategy);
                if (std::none_of(
                        configurations.begin(), configurations.end(), [&](const Configuration& known) {
                            return known.abi == configuration.abi && known.aslr == configuration.aslr;
                        }))
                    configurations.push_back(configuration);
            }
        }
    }
    if (values.empty()) return std::nullopt;
    Figure figure;
    figure.id = id + "change";
    figure.title = "What became of each cell";
    figure.text = "Medians after against medians before, of the same kernel by its name.";
    figure.controls = {spec::configuration_control(configurations), spec::shown_control("kernels", names)};
    figure.spec = spec::whole(300);
    figure.spec["params"] = spec::parameters(figure.controls);
    figure.spec["data"] = {{"values", values}};
    figure.spec["transform"] = ordered_json::array(
        {{{"filter", "datum.configuration == configuration && indexof(shown, datum.strategy) >= 0"}}});
    figure.spec["encoding"] = {{"x", spec::pages_axis({pages.begin(), pages.end()})},
                               {"y", spec::quantity("percent", "change, %")},
                               {"color", spec::colour("strategy", names)}};
    figure.spec["layer"] = ordered_json::array(
        {spec::layer({{"type", "line"}, {"strokeWidth", 1.5}},
                     {{"strokeDash", spec::dash("strategy", names)}}),
         spec::layer(spec::telling_mark("point", {{"filled", true}, {"size", 70}, {"opacity", 1}}),
                     {{"shape", spec::shape("strategy", names)}})});
    return figure;
}

}  // namespace stackshift
