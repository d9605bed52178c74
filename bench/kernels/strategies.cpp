// SPDX-License-Identifier: MIT
#include "kernels/strategies.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "kernels/name_field.h"
#include "kernels/strategy_file.h"
#include "kernels/strategy_folder.h"
#include "util/error.h"
#include "util/files.h"
#include "util/nearest.h"
#include "util/pattern.h"

namespace stackshift {
namespace {

constexpr auto kCommon = "common";

/// The control first, then what every kernel does today, then the contenders.
int rank(const std::string& name) {
    if (name == "pristine") return 0;
    return name == "relocate" ? 1 : 2;
}

StrategyFile read_file_of(const StrategyFolder& folder, const std::string& name) {
    const std::string text = folder.strategy.empty() ? "" : read_file(folder.strategy);
    return parse_strategy_file(text, fmt::format("kernels/patches/{}/{}", name, kStrategyFile));
}

void append(std::vector<Declaration>& to, const std::vector<Declaration>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

void add_files(Strategy& strategy, const StrategyFolder& folder) {
    if (!folder.config.empty()) strategy.config_fragments.push_back(folder.config);
    strategy.patches.insert(strategy.patches.end(), folder.patches.begin(), folder.patches.end());
}

/// Adds the patches of the folder `name`: its own, or those for this base. Where it has some for other bases
/// only, the strategy is not ported.
void add_patches(Strategy& strategy, const StrategyFolder& folder, const std::filesystem::path& patches,
                 const std::string& name, const std::string& base) {
    add_files(strategy, folder);
    if (folder.ports.empty()) return;
    if (std::find(folder.ports.begin(), folder.ports.end(), base) == folder.ports.end()) {
        if (strategy.unported.empty()) strategy.unported = name;
        return;
    }
    const StrategyFolder port = look_into_folder(patches / name / base);
    add_files(strategy, port);
    if (port.strategy.empty()) return;
    const Declarations declared = parse_port_file(read_file(port.strategy), folder_label(port.strategy));
    append(strategy.declared.deviations, declared.deviations);
    append(strategy.declared.failing, declared.failing);
}

void add_common(Strategy& strategy, const std::filesystem::path& patches, const std::string& base) {
    if (!std::filesystem::exists(patches / kCommon)) return;
    const StrategyFolder common = look_into_folder(patches / kCommon);
    if (!common.strategy.empty()) {
        throw Error(Exit::usage,
                    fmt::format("{}: common is no strategy, it is what strategies stand on: remove it",
                                folder_label(common.strategy)));
    }
    add_patches(strategy, common, patches, kCommon, base);
}

/// Adds what a folder brings, after what its base brings. Returns what its own file says. `within`: the
/// strategies that led here, the asked one first.
StrategyFile add_folder(Strategy& strategy, const KernelPlaces& places, const std::string& base,
                        const std::string& name, std::vector<std::string> within) {
    const StrategyFolder folder = look_into_folder(places.patches / name);
    const StrategyFile file = read_file_of(folder, name);
    within.push_back(name);
    if (file.base.empty()) {
        strategy.common = file.common;
        if (strategy.common) add_common(strategy, places.patches, base);
    } else {
        const std::vector<std::string> known = strategy_names(places);
        if (std::find(known.begin(), known.end(), file.base) == known.end()) {
            throw Error(Exit::usage, fmt::format("{}: {}", file.base_where,
                                                 unknown_name_message("strategy", file.base, known)));
        }
        if (std::find(within.begin(), within.end(), file.base) != within.end()) {
            within.push_back(file.base);
            throw Error(Exit::usage, fmt::format("{}: '{}' would be its own base ({})", file.base_where,
                                                 file.base, fmt::join(within, " on ")));
        }
        strategy.bases.push_back(file.base);
        add_folder(strategy, places, base, file.base, within);
        if (!file.inherit_all) {
            strategy.declared.deviations.clear();
            strategy.declared.failing.clear();
        }
    }
    const std::size_t before = strategy.patches.size();
    add_patches(strategy, folder, places.patches, name, base);
    strategy.own_patches = strategy.patches.size() - before;
    append(strategy.declared.deviations, file.declared.deviations);
    append(strategy.declared.failing, file.declared.failing);
    return file;
}

/// Makes it a step of its series.
void keep_first(Strategy& strategy, const std::string& folder, std::size_t count) {
    if (count == 0 || count > strategy.own_patches)
        throw Error(Exit::usage, fmt::format("{}: the steps of {} are {}.1 to {}.{}", strategy.name, folder,
                                             folder, folder, strategy.own_patches));
    strategy.patches.resize(strategy.patches.size() - strategy.own_patches + count);
    strategy.own_patches = count;
    strategy.is_step = true;
    // What the whole series declares, its first patches need not do yet.
    for (Declaration& deviation : strategy.declared.deviations) deviation.at_times = true;
    for (Declaration& failing : strategy.declared.failing) failing.at_times = true;
}

}  // namespace

bool is_strategy_name(const std::string& name) {
    static const Pattern valid("[a-z0-9][a-z0-9+._-]*");
    return name.size() <= kNamePlaceholder.size() && valid.matches(name);
}

std::vector<std::string> strategy_names(const KernelPlaces& places) {
    std::error_code error;
    std::filesystem::directory_iterator entries(places.patches, error);
    if (error) {
        throw Error(Exit::environment, fmt::format("cannot read the strategies in {}: {}",
                                                   places.patches.string(), error.message()));
    }
    std::vector<std::string> names;
    for (const auto& entry : entries) {
        const std::string name = entry.path().filename();
        if (name == kCommon || name.starts_with('.') || name.starts_with("README")) continue;
        if (!entry.is_directory()) {
            throw Error(
                Exit::usage,
                fmt::format("kernels/patches/{} belongs to no strategy: put it into a folder there", name));
        }
        if (!is_strategy_name(name)) {
            throw Error(Exit::usage, fmt::format("kernels/patches/{}: {}", name, kStrategyNameRule));
        }
        names.push_back(name);
    }
    std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
        return std::tuple(rank(a), a) < std::tuple(rank(b), b);
    });
    return names;
}

Strategy read_strategy(const KernelPlaces& places, const std::string& name, const std::string& base) {
    const std::vector<std::string> known = strategy_names(places);
    const auto is_known = [&](const std::string& folder) {
        return std::find(known.begin(), known.end(), folder) != known.end();
    };
    static const Pattern step("^(.+)\\.([0-9]{1,4})$");
    const std::vector<std::string> parts = is_known(name) ? std::vector<std::string>() : step.groups(name);
    const std::string folder = !parts.empty() && is_known(parts[1]) ? parts[1] : name;
    if (!is_known(folder)) throw Error(Exit::usage, unknown_name_message("strategy", name, known));

    Strategy strategy;
    strategy.name = name;
    const StrategyFile file = add_folder(strategy, places, base, folder, {});
    strategy.about = file.about;
    strategy.by_default = file.by_default;
    strategy.declared.file = file.declared.file;
    if (folder != name && strategy.unported.empty()) keep_first(strategy, folder, std::stoul(parts[2]));
    return strategy;
}

std::vector<std::string> series_names(const KernelPlaces& places, const std::string& name,
                                      const std::string& base) {
    const Strategy whole = read_strategy(places, name, base);
    if (whole.own_patches == 0)
        throw Error(
            Exit::usage,
            fmt::format("{} has no patches of its own for {}: there is no series to take apart", name, base));
    std::vector<std::string> names = {!whole.bases.empty() ? whole.bases.front()
                                      : whole.common       ? "relocate"
                                                           : "pristine"};
    for (std::size_t i = 1; i <= whole.own_patches; ++i) names.push_back(fmt::format("{}.{}", name, i));
    return names;
}

std::vector<Strategy> list_strategies(const KernelPlaces& places, const std::string& base) {
    std::vector<Strategy> strategies;
    for (const std::string& name : strategy_names(places))
        strategies.push_back(read_strategy(places, name, base));
    return strategies;
}

std::vector<std::string> ported_bases(const KernelPlaces& places, const std::string& name,
                                      const std::vector<KernelBase>& bases) {
    std::vector<std::string> names;
    for (const KernelBase& base : bases)
        if (read_strategy(places, name, base.name).unported.empty()) names.push_back(base.name);
    return names;
}

}  // namespace stackshift
