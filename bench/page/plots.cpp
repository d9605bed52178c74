// SPDX-License-Identifier: MIT
#include "page/plots.h"

#include <fmt/format.h>

#include <optional>

#include "page/figures.h"
#include "page/palette.h"
#include "report/bases.h"
#include "util/error.h"

namespace stackshift {
namespace {

// Fits a page of a paper in two columns' width, and a README.
constexpr int kWidth = 720;

/// What a reader of the page would choose for this picture.
using Choices = std::vector<std::pair<std::string, std::string>>;

/// A figure as it stands alone; nothing where the results do not have what is chosen.
std::optional<Figure> alone(std::optional<Figure> figure, const std::string& id, const std::string& title,
                            const Choices& choices) {
    if (!figure) return std::nullopt;
    for (const auto& [parameter, value] : choices) {
        if (!has_choice(*figure, parameter, value)) return std::nullopt;
        choose(*figure, parameter, value);
    }
    figure->id = id;
    figure->controls.clear();
    figure->spec["width"] = kWidth;
    figure->spec["autosize"] = {{"type", "pad"}};
    figure->spec["background"] = kLightGround;
    figure->spec["padding"] = 12;
    figure->spec["config"]["legend"]["columns"] = 7;  // as many as that width holds
    figure->spec["title"] = {{"text", title}};
    return figure;
}

void add(std::vector<Figure>& plots, std::optional<Figure> figure) {
    if (figure) plots.push_back(std::move(*figure));
}

void add_exact(std::vector<Figure>& plots, const View& view, const std::string& base,
               const std::string& prefix) {
    const std::string of = fmt::format("Linux {}, instructions per exec", base);
    const std::string against = fmt::format("Linux {}, instructions per exec: difference from {}, %", base,
                                            view.contenders.front().label);
    const auto cost = [&] { return cost_figure(view, ""); };
    add(plots,
        alone(cost(), prefix + "cost", of + ", native, ASLR",
              {{"configuration", "native ASLR"}, {"metric", metrics::kInstructions}, {"show", "log"}}));
    for (const auto& [file, configuration] :
         {std::pair("difference-native", "native ASLR"), std::pair("difference-i386", "i386 ASLR")}) {
        add(plots,
            alone(
                cost(), prefix + file, fmt::format("{}, {}", against, configuration),
                {{"configuration", configuration}, {"metric", metrics::kInstructions}, {"show", "percent"}}));
    }
    add(plots,
        alone(phase_figure(view, ""), prefix + "phases", of + " by phase, native, ASLR, 8 pages of arguments",
              {{"configuration", "native ASLR"}, {"pages", "8"}}));
    add(plots, alone(flush_figure(view, ""), prefix + "flushes",
                     fmt::format("Linux {}, full TLB flushes per exec, native, ASLR; dashed: foretold", base),
                     {{"configuration", "native ASLR"}, {"kind", "full"}}));
    add(plots,
        alone(flush_figure(view, ""), prefix + "flushes-page",
              fmt::format("Linux {}, TLB flushes of one page per exec, native, ASLR; dashed: foretold", base),
              {{"configuration", "native ASLR"}, {"kind", "page"}}));
}

void add_clock(std::vector<Figure>& plots, const View& view, const std::string& prefix) {
    add(plots,
        alone(time_figure(view, ""), prefix + "time", "Time per exec, ns (median, 95 % intervals)", {}));
    add(plots, alone(aslr_figure(view, ""), prefix + "aslr", "What ASLR adds to an exec, ns", {}));
}

}  // namespace

std::vector<Figure> make_plots(const PageInputs& inputs) {
    std::vector<Figure> plots;
    for (std::size_t i = 0; i < inputs.exact.size(); ++i) {
        for (const BasePart& part : parts_by_base({inputs.exact[i]})) {
            const View view = make_view(part.results, {});
            const KernelInfo* kernel = view.contenders.front().kernel();
            const std::string prefix =
                inputs.exact.size() > 1 ? fmt::format("{}-{}-", part.base, i + 1) : part.base + "-";
            add_exact(plots, view, kernel ? kernel->base : part.base, prefix);
        }
    }
    for (std::size_t i = 0; i < inputs.clock.size(); ++i) {
        const std::vector<Result> one = {inputs.clock[i]};
        add_clock(plots, make_view(one, {}),
                  inputs.clock.size() > 1 ? fmt::format("host-{}-", i + 1) : "host-");
    }
    if (plots.empty())
        throw Error(Exit::usage,
                    "nothing to plot: no result of lab or host with self-execs of several sizes");
    return plots;
}

}  // namespace stackshift
