// SPDX-License-Identifier: MIT
#include "boot/journal.h"

#include "util/files.h"

namespace stackshift {

nlohmann::ordered_json to_json(const BootKey& key) {
    return {
        {"strategy", key.strategy},           {"image_sha256", key.image_sha256}, {"seed", key.seed},
        {"plan_sha256", key.plan_sha256},     {"guest_sha256", key.guest_sha256}, {"cmdline", key.cmdline},
        {"emulator_args", key.emulator_args}, {"emulator", key.emulator}};
}

void keep_boot(const std::filesystem::path& directory, const std::string& name, const BootKey& key,
               const BootOutcome& outcome) {
    const nlohmann::ordered_json entry = {{"key", to_json(key)},
                                          {"seconds", outcome.seconds},
                                          {"first_cell_seconds", outcome.first_cell_seconds},
                                          {"max_rss_mib", outcome.max_rss_mib},
                                          {"report", outcome.report_text}};
    // A kernel may call itself by any bytes; a report that then is not what it was is made anew.
    using Json = nlohmann::ordered_json;
    write_file_atomically(directory / (name + ".json"),
                          entry.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::optional<BootOutcome> kept_boot(const std::filesystem::path& directory, const std::string& name,
                                     const BootKey& key) {
    const auto entry =
        nlohmann::ordered_json::parse(read_file_or(directory / (name + ".json"), ""), nullptr, false);
    if (!entry.is_object() || !entry.contains("key") || entry["key"] != to_json(key)) return std::nullopt;
    if (!entry.contains("report") || !entry["report"].is_string()) return std::nullopt;
    for (const char* number : {"seconds", "first_cell_seconds", "max_rss_mib"})
        if (!entry.contains(number) || !entry[number].is_number()) return std::nullopt;
    BootOutcome outcome;
    std::string problem;
    outcome.report_text = entry["report"];
    if (parse_report(outcome.report_text, outcome.report, problem) != ReportState::whole) return std::nullopt;
    outcome.end = BootEnd::ok;
    outcome.seconds = entry["seconds"];
    outcome.first_cell_seconds = entry["first_cell_seconds"];
    outcome.max_rss_mib = entry["max_rss_mib"];
    return outcome;
}

}  // namespace stackshift
