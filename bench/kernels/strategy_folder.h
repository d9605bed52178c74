// SPDX-License-Identifier: MIT
// What lies in a strategy's folder: all of it is used, or refused by name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace stackshift {

/// "kernels/patches/NAME/FILE" or "kernels/patches/NAME/BASE/FILE", the place of a file of a strategy in
/// messages and results.
std::string folder_label(const std::filesystem::path& file);

/// The files of one folder of kernels/patches, or of one base's folder in it. Paths are empty where there is
/// no such file.
struct StrategyFolder {
    std::vector<std::filesystem::path> patches;  ///< *.patch, in order of their names
    std::filesystem::path config;                ///< a fragment of the kernel's configuration
    std::filesystem::path strategy;              ///< what it says of itself (strategy_file.h)
    std::vector<std::string> ports;              ///< folders in it that are called as a base: "7.3"
};

/// Looks at the folder. README files and names that begin with a dot are passed over. Throws Error{usage}
/// for anything else that would not be used (0001.diff, a subfolder that is no base's, an editor's backup,
/// patches beside the folders of bases), with what would be right.
StrategyFolder look_into_folder(const std::filesystem::path& folder);

}  // namespace stackshift
