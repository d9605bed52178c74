// SPDX-License-Identifier: MIT
#include "check/kept.h"

#include "util/files.h"

namespace stackshift {

void keep_guest(const std::filesystem::path& directory, const std::string& name, const BootKey& key,
                const BootEvidence& evidence) {
    nlohmann::ordered_json entry;
    entry["key"] = to_json(key);
    entry["seconds"] = evidence.seconds;
    entry["console_path"] = evidence.console_path;
    entry["report"] = evidence.report;
    entry["console"] = evidence.console;
    // A console may have any bytes.
    using Json = nlohmann::ordered_json;
    write_file_atomically(directory / (name + ".json"),
                          entry.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::optional<BootEvidence> kept_guest(const std::filesystem::path& directory, const std::string& name,
                                       const BootKey& key) {
    const auto entry =
        nlohmann::ordered_json::parse(read_file_or(directory / (name + ".json"), ""), nullptr, false);
    if (!entry.is_object() || !entry.contains("key") || entry["key"] != to_json(key)) return std::nullopt;
    for (const char* text : {"console_path", "report", "console"})
        if (!entry.contains(text) || !entry[text].is_string()) return std::nullopt;
    if (!entry.contains("seconds") || !entry["seconds"].is_number()) return std::nullopt;
    BootEvidence evidence;
    evidence.seconds = entry["seconds"];
    evidence.console_path = entry["console_path"];
    evidence.report = entry["report"];
    evidence.console = entry["console"];
    return evidence;
}

}  // namespace stackshift
