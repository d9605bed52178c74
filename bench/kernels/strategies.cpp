// SPDX-License-Identifier: MIT
#include "kernels/strategies.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <tuple>

#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

constexpr auto kCommon = "common";

std::vector<std::filesystem::path> patches_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> patches;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().extension() == ".patch") patches.push_back(entry.path());
    }
    std::sort(patches.begin(), patches.end());
    return patches;
}

/// The control first, then what every kernel does today, then the contenders.
int rank(const std::string& name) {
    if (name == "pristine") return 0;
    return name == "relocate" ? 1 : 2;
}

/// The first line of a folder's small file, empty where there is none.
std::string first_line(const std::filesystem::path& file) {
    const std::string text = read_file_or(file, "");
    return text.substr(0, text.find('\n'));
}

/// Adds what a folder brings, after what the folder that it names as its base brings. `within`: the folders
/// that led here.
void add_folder(Strategy& strategy, const std::filesystem::path& folder, std::vector<std::string> within) {
    const std::string name = folder.filename();
    if (std::find(within.begin(), within.end(), name) != within.end()) {
        throw Error(Exit::usage, fmt::format("kernels/patches/{}: it is its own base", name));
    }
    const std::string base = first_line(folder / "base");
    if (!base.empty()) {
        if (!std::filesystem::is_directory(folder.parent_path() / base) || base == kCommon) {
            throw Error(Exit::usage,
                        fmt::format("kernels/patches/{}/base names '{}', which is no strategy", name, base));
        }
        within.push_back(name);
        add_folder(strategy, folder.parent_path() / base, within);
    } else {
        strategy.common = !std::filesystem::exists(folder / "no-common");
        if (strategy.common) {
            strategy.patches = patches_in(folder.parent_path() / kCommon);
            const std::filesystem::path config = folder.parent_path() / kCommon / "config";
            if (std::filesystem::exists(config)) strategy.config_fragments.push_back(config);
        }
    }
    if (std::filesystem::exists(folder / "config")) strategy.config_fragments.push_back(folder / "config");
    const std::vector<std::filesystem::path> own = patches_in(folder);
    strategy.patches.insert(strategy.patches.end(), own.begin(), own.end());
}

Strategy read_strategy(const std::filesystem::path& folder) {
    Strategy strategy;
    strategy.name = folder.filename();
    strategy.about = first_line(folder / "about");
    strategy.by_default = !std::filesystem::exists(folder / "on-request");
    add_folder(strategy, folder, {});
    return strategy;
}

}  // namespace

std::vector<Strategy> list_strategies(const KernelPlaces& places) {
    // The name becomes a path, a CONFIG string and a column of tables.
    static const std::regex valid_name("[a-z0-9][a-z0-9+._-]*");
    std::error_code error;
    std::filesystem::directory_iterator folders(places.patches, error);
    if (error) {
        throw Error(Exit::environment, fmt::format("cannot read the strategies in {}: {}",
                                                   places.patches.string(), error.message()));
    }
    std::vector<Strategy> strategies;
    for (const auto& entry : folders) {
        const std::string name = entry.path().filename();
        if (!entry.is_directory() || name == kCommon || name.starts_with('.')) continue;
        if (!std::regex_match(name, valid_name)) {
            throw Error(Exit::usage,
                        fmt::format("kernels/patches/{}: a strategy's name is of a-z 0-9 + . _ - and "
                                    "starts with a letter or digit",
                                    name));
        }
        strategies.push_back(read_strategy(entry.path()));
    }
    std::sort(strategies.begin(), strategies.end(), [](const Strategy& a, const Strategy& b) {
        return std::tuple(rank(a.name), a.name) < std::tuple(rank(b.name), b.name);
    });
    return strategies;
}

}  // namespace stackshift
