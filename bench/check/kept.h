// SPDX-License-Identifier: MIT
// Guests of a conformance run that have ended, on disk: what --resume goes on from.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "boot/journal.h"
#include "boot/runner.h"

namespace stackshift {

/// Keeps what a guest left behind that ended as it should, as `directory`/NAME.json. Throws
/// Error{environment} where it cannot be written.
void keep_guest(const std::filesystem::path& directory, const std::string& name, const BootKey& key,
                const BootEvidence& evidence);

/// The kept guest of that name where its key is the same; else nothing.
std::optional<BootEvidence> kept_guest(const std::filesystem::path& directory, const std::string& name,
                                       const BootKey& key);

}  // namespace stackshift
