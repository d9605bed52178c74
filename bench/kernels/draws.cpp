// SPDX-License-Identifier: MIT
#include "kernels/draws.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = "-draws";

}  // namespace

std::string with_draws(const std::string& config) {
    return config + std::string(kSuffix);
}

bool has_draws(const std::string& config) {
    return config.ends_with(kSuffix);
}

std::string without_draws(const std::string& config) {
    return has_draws(config) ? config.substr(0, config.size() - kSuffix.size()) : config;
}

std::vector<PatchFile> read_draws_patches(const fs::path& folder, const std::string& base) {
    std::vector<fs::path> paths;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder / base, error))
        if (entry.path().extension() == ".patch") paths.push_back(entry.path());
    if (paths.empty())
        throw Error(Exit::usage,
                    fmt::format("draws cannot be paired on {0}: there is no kernels/draws/{0}", base));
    std::sort(paths.begin(), paths.end());
    std::vector<PatchFile> patches;
    for (const fs::path& path : paths) {
        const std::string label = fmt::format("kernels/draws/{}/{}", base, path.filename().string());
        patches.push_back({path, label, read_file(path)});
    }
    return patches;
}

std::string draws_parameter(const std::string& seed) {
    return " exec_draws=" + seed;
}

}  // namespace stackshift
