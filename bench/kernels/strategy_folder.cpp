// SPDX-License-Identifier: MIT
#include "kernels/strategy_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "kernels/kernel_base.h"
#include "kernels/strategy_file.h"
#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

/// Files in which earlier versions kept what now stands in `strategy`, and what to write there.
constexpr std::array<std::pair<const char*, const char*>, 6> kRetired = {{
    {"about", "about = TEXT"},
    {"base", "base = NAME"},
    {"no-common", "on = unpatched"},
    {"on-request", "default = no"},
    {"declared-failures", "failing = CELLS | SEEN | REASON"},
    {"deviations", "deviation = TESTS | SEEN | REASON"},
}};

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

bool ends_with_any(const std::string& text, std::initializer_list<const char*> endings) {
    return std::any_of(endings.begin(), endings.end(),
                       [&](const char* ending) { return text.ends_with(ending); });
}

/// Why a file of this name is not used, and what would be right.
std::string advice(const std::string& name, bool is_folder) {
    if (is_folder)
        return "is a folder, into which nobody looks: put its patches beside it, or call it as the base "
               "(7.3) that they are for";
    for (const auto& [retired, line] : kRetired) {
        if (name == retired) {
            return fmt::format("is read no more: write `{}` into the file `{}` of that folder, and remove it",
                               line, kStrategyFile);
        }
    }
    const std::string lower = lower_case(name);
    if (ends_with_any(lower, {"~", ".orig", ".rej", ".bak", ".swp", ".tmp"}) || lower.starts_with('#')) {
        return "looks like a leftover of an editor or of patch: remove it";
    }
    if (ends_with_any(lower, {".gz", ".xz", ".bz2", ".zst", ".zip", ".tar"})) {
        return "is packed: unpack it, and let the names of patches end in .patch";
    }
    for (const char* ending : {".patch", ".diff", ".mbx", ".mbox", ".eml", ".mail"}) {
        const size_t at = lower.find(ending);
        if (at == std::string::npos) continue;
        return fmt::format("would not be applied: rename it to {}.patch", name.substr(0, at));
    }
    const std::string nearest = nearest_name(lower, {kStrategyFile, "config"});
    if (!nearest.empty()) return fmt::format("is not known: did you mean '{}'?", nearest);
    return "is not known: notes go into README";
}

}  // namespace

std::string folder_label(const fs::path& file) {
    const fs::path folder = file.parent_path();
    const std::string name = folder.filename();
    const std::string above = is_base_name(name) ? folder.parent_path().filename().string() + "/" : "";
    return fmt::format("kernels/patches/{}{}/{}", above, name, file.filename().string());
}

StrategyFolder look_into_folder(const fs::path& folder) {
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    if (error) {
        throw Error(Exit::environment,
                    fmt::format("cannot read {}: {}", folder_label(folder / "*"), error.message()));
    }
    StrategyFolder result;
    std::vector<fs::path> paths;
    for (const auto& entry : entries) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) {
        const std::string name = path.filename();
        if (name.starts_with('.') || name == "README" || name.starts_with("README.")) continue;
        const bool known = path.extension() == ".patch" || name == "config" || name == kStrategyFile;
        const bool is_folder = fs::is_directory(path, error);
        if (is_folder && is_base_name(name) && !is_base_name(folder.filename())) {
            result.ports.push_back(name);
            continue;
        }
        if (!known || is_folder) {
            throw Error(Exit::usage, fmt::format("{} {} (a strategy's folder holds *.patch, strategy, config "
                                                 "and README)",
                                                 folder_label(path), advice(name, is_folder)));
        }
        if (!fs::is_regular_file(path, error)) {
            throw Error(Exit::usage,
                        fmt::format("{} is no file that can be read: a broken link?", folder_label(path)));
        }
        if (name == "config") {
            result.config = path;
        } else if (name == kStrategyFile) {
            result.strategy = path;
        } else {
            result.patches.push_back(path);
        }
    }
    if (!result.ports.empty() && !result.patches.empty())
        throw Error(Exit::usage,
                    fmt::format("{} would be for every base, and the folder beside it for {} alone: move it "
                                "into the folder of its base",
                                folder_label(result.patches.front()), result.ports.front()));
    return result;
}

}  // namespace stackshift
