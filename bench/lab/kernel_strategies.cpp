// SPDX-License-Identifier: MIT
// kernels/patches as a list of strategies.
#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <tuple>

#include "lab/kernels.h"
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

Strategy read_strategy(const std::filesystem::path& folder,
                       const std::vector<std::filesystem::path>& common) {
    Strategy strategy;
    strategy.name = folder.filename();
    const std::string about = read_file_or(folder / "about", "");
    strategy.about = about.substr(0, about.find('\n'));
    strategy.common = !std::filesystem::exists(folder / "no-common");
    strategy.by_default = !std::filesystem::exists(folder / "on-request");
    const auto add_fragment = [&](const std::filesystem::path& file) {
        if (std::filesystem::exists(file)) strategy.config_fragments.push_back(file);
    };
    if (strategy.common) {
        strategy.patches = common;
        add_fragment(folder.parent_path() / kCommon / "config");
    }
    add_fragment(folder / "config");
    const std::vector<std::filesystem::path> own = patches_in(folder);
    strategy.patches.insert(strategy.patches.end(), own.begin(), own.end());
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
    const std::vector<std::filesystem::path> common = patches_in(places.patches / kCommon);
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
        strategies.push_back(read_strategy(entry.path(), common));
    }
    std::sort(strategies.begin(), strategies.end(), [](const Strategy& a, const Strategy& b) {
        return std::tuple(rank(a.name), a.name) < std::tuple(rank(b.name), b.name);
    });
    return strategies;
}

}  // namespace stackshift
