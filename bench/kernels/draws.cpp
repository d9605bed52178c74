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

/// All patches of a folder in order, none where there is no folder. `label`: its path in kernels/draws.
std::vector<PatchFile> patches_in(const fs::path& folder, const std::string& label) {
    std::vector<fs::path> paths;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
        if (entry.path().extension() == ".patch") paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<PatchFile> patches;
    for (const fs::path& path : paths)
        patches.push_back(
            {path, fmt::format("kernels/draws/{}/{}", label, path.filename().string()), read_file(path)});
    return patches;
}

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

std::vector<PatchFile> read_draws_patches(const fs::path& folder, const std::string& base, bool common) {
    std::vector<PatchFile> patches = patches_in(folder / base, base);
    if (patches.empty())
        throw Error(Exit::usage,
                    fmt::format("draws cannot be paired on {0}: there is no kernels/draws/{0}", base));
    if (common)
        for (PatchFile& patch : patches_in(folder / base / "common", base + "/common"))
            patches.push_back(std::move(patch));
    return patches;
}

std::string draws_parameter(const std::string& seed) {
    return " exec_draws=" + seed;
}

}  // namespace stackshift
