// SPDX-License-Identifier: MIT
#include "page/spec.h"

#include "page/palette.h"

namespace stackshift::spec {

using nlohmann::ordered_json;

ordered_json whole(int height) {
    return {{"$schema", "https://vega.github.io/schema/vega-lite/v6.json"},
            {"width", "container"},
            {"height", height},
            {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}},
            {"background", "transparent"},
            {"config",
             {{"font", "system-ui, sans-serif"},
              {"view", {{"stroke", nullptr}}},
              {"axis",
               {{"labelFontSize", 12},
                {"titleFontSize", 12},
                {"titleFontWeight", "normal"},
                {"gridOpacity", 0.4}}},
              {"legend",
               {{"labelFontSize", 12},
                {"titleFontSize", 12},
                {"orient", "bottom"},
                {"direction", "horizontal"},
                {"columns", 5},
                {"symbolLimit", 0},
                {"symbolStrokeWidth", 0}}},
              {"title", {{"fontSize", 13}, {"fontWeight", "normal"}, {"anchor", "start"}}}}}};
}

ordered_json parameters(const std::vector<Control>& controls) {
    ordered_json parameters = ordered_json::array();
    for (const Control& control : controls) {
        ordered_json value = control.choices.at(control.initial).value;
        if (control.many) {
            value = ordered_json::array();
            for (const Choice& choice : control.choices) value.push_back(choice.value);
        }
        parameters.push_back({{"name", control.parameter}, {"value", std::move(value)}});
    }
    return parameters;
}

ordered_json pages_axis(const std::vector<int>& pages) {
    return {{"field", "pages"},
            {"type", "quantitative"},
            {"title", "pages of arguments and environment"},
            {"scale", {{"type", "symlog"}}},
            {"axis", {{"values", pages}, {"labelOverlap", "greedy"}, {"grid", false}}}};
}

ordered_json quantity(const std::string& field, const ordered_json& title) {
    return {{"field", field}, {"type", "quantitative"}, {"title", title}};
}

ordered_json colour(const std::string& field, const std::vector<std::string>& names) {
    return {{"field", field}, {"type", "nominal"}, {"title", nullptr}, {"scale", colour_scale(names)}};
}

ordered_json shape(const std::string& field, const std::vector<std::string>& names) {
    return {{"field", field}, {"type", "nominal"}, {"title", nullptr}, {"scale", shape_scale(names)}};
}

ordered_json dash(const std::string& field, const std::vector<std::string>& names) {
    return {{"field", field}, {"type", "nominal"}, {"title", nullptr}, {"scale", dash_scale(names)}};
}

ordered_json layer(const ordered_json& mark, const ordered_json& encoding, const std::string& filter) {
    ordered_json made = {{"mark", mark}, {"encoding", encoding}};
    if (!filter.empty()) made["transform"] = ordered_json::array({{{"filter", filter}}});
    return made;
}

ordered_json telling_mark(const std::string& type, const ordered_json& properties) {
    ordered_json mark = properties;
    mark["type"] = type;
    mark["tooltip"] = {{"content", "data"}};
    return mark;
}

Control configuration_control(const std::vector<Configuration>& configurations) {
    Control control = {"configuration", "ABI and ASLR", {}, false};
    for (const Configuration& configuration : configurations)
        control.choices.push_back({configuration.title, configuration.title});
    return control;
}

Control shown_control(const std::string& label, const std::vector<std::string>& names) {
    Control control = {"shown", label, {}, true};
    for (const std::string& name : names) control.choices.push_back({name, name});
    return control;
}

std::vector<std::string> labels(const View& view) {
    std::vector<std::string> names;
    for (const Contender& contender : view.contenders) names.push_back(contender.label);
    return names;
}

}  // namespace stackshift::spec
