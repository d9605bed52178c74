// SPDX-License-Identifier: MIT
// Whole boots on disk: what --resume goes on from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "boot/outcome.h"

namespace stackshift {

/// All that a boot's counts depend on. Equal keys: equal counts, to the instruction.
struct BootKey {
    std::string strategy;
    std::string image_sha256;
    std::uint64_t seed = 0;
    std::string plan_sha256;
    std::string guest_sha256;
    std::string cmdline;
    std::vector<std::string> emulator_args;
    std::string emulator;
};

nlohmann::ordered_json to_json(const BootKey& key);

/// Keeps a whole boot as `directory`/NAME.json. Throws Error{environment} where it cannot be written.
void keep_boot(const std::filesystem::path& directory, const std::string& name, const BootKey& key,
               const BootOutcome& outcome);

/// The kept boot of that name where its key is the same and its report is whole; else nothing.
std::optional<BootOutcome> kept_boot(const std::filesystem::path& directory, const std::string& name,
                                     const BootKey& key);

}  // namespace stackshift
