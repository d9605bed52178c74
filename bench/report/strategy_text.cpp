// SPDX-License-Identifier: MIT
#include "report/strategy_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "kernels/strategy_folder.h"

namespace stackshift {
namespace {

bool is_own(const Strategy& strategy, const std::filesystem::path& file) {
    const std::filesystem::path folder = file.parent_path();
    const bool port = is_base_name(folder.filename());
    return (port ? folder.parent_path() : folder).filename() == strategy.name;
}

/// Whether its folder changes the kernel that it stands on.
bool changes_anything(const Strategy& strategy) {
    const auto own = [&](const auto& files) {
        return std::any_of(files.begin(), files.end(),
                           [&](const std::filesystem::path& file) { return is_own(strategy, file); });
    };
    return own(strategy.patches) || own(strategy.config_fragments);
}

std::string stands_on(const Strategy& strategy) {
    std::vector<std::string> ground = strategy.bases;
    ground.emplace_back(strategy.common ? "the common patches" : "unpatched source");
    return fmt::format("{}", fmt::join(ground, ", which stands on "));
}

std::string patches_text(const Strategy& strategy) {
    std::string text = "\npatches, in the order in which they are applied:\n";
    for (const std::filesystem::path& path : strategy.patches) text += "  " + folder_label(path) + "\n";
    const bool any = std::any_of(strategy.patches.begin(), strategy.patches.end(),
                                 [&](const auto& path) { return is_own(strategy, path); });
    if (!any) text += fmt::format("  no *.patch in kernels/patches/{}\n", strategy.name);
    return text;
}

std::string config_text(const std::vector<ConfigOption>& options) {
    std::string text;
    for (const ConfigOption& option : options) {
        text += fmt::format("  {}={}  ({})\n", option.name, option.value, option.origin);
    }
    return text.empty() ? "" : "\nconfiguration that it asks for:\n" + text;
}

std::string declared_text(const std::string& title, const std::vector<Declaration>& declared) {
    if (declared.empty()) return fmt::format("\n{}: none\n", title);
    std::string text = fmt::format("\n{}: {}\n", title, declared.size());
    for (const Declaration& line : declared) {
        text += fmt::format("  {}: {} | {} | {}\n", line.where, line.names, line.seen, line.reason);
    }
    return text;
}

std::string trial_text(const Strategy& strategy, const SeriesTrial& trial) {
    if (!strategy.unported.empty())
        return fmt::format("\napplies: no: kernels/patches/{} has patches for other bases only\n",
                           strategy.unported);
    if (strategy.patches.empty()) return "\napplies: there is nothing to apply\n";
    switch (trial.verdict) {
        case SeriesTrial::Verdict::applies:
            return fmt::format("\napplies: yes, to {}\n", trial.version);
        case SeriesTrial::Verdict::does_not_apply:
            return fmt::format("\napplies: no: {}\n", trial.reason);
        case SeriesTrial::Verdict::not_known:
            break;
    }
    return fmt::format("\napplies: not known: {}\n", trial.reason);
}

/// What somebody who adds a patch may not know of.
std::string missing_text(const Strategy& strategy) {
    std::string text;
    if (strategy.about.empty()) {
        text += fmt::format("  no line `about = TEXT` in {}: what `./run.sh list` shows of it\n",
                            strategy.declared.file);
    }
    if (strategy.declared.deviations.empty() && changes_anything(strategy)) {
        text += fmt::format(
            "  no deviation: right if `./run.sh check --strategies {}` passes; a difference from mainline "
            "that is\n  meant to be there gets a line `deviation = TESTS | SEEN | REASON` in {}\n",
            strategy.name, strategy.declared.file);
    }
    return text.empty() ? "" : "\nnot there:\n" + text;
}

}  // namespace

std::string strategy_text(const Strategy& strategy, const std::vector<ConfigOption>& options,
                          const SeriesTrial& trial) {
    std::string text =
        fmt::format("{}{}{}\n", strategy.name, strategy.about.empty() ? "" : ": ", strategy.about);
    text += fmt::format("stands on {}\n", stands_on(strategy));
    text += fmt::format("runs {}\n", strategy.by_default ? "by default" : "only where --strategies names it");
    text += patches_text(strategy);
    text += config_text(options);
    text += declared_text("declared deviations of `./run.sh check`", strategy.declared.deviations);
    text += declared_text("declared failing cells of `./run.sh lab`", strategy.declared.failing);
    text += trial_text(strategy, trial);
    text += missing_text(strategy);
    return text;
}

}  // namespace stackshift
