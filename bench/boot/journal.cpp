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
    write_file_atomically(directory / (name + ".json"), entry.dump(1) + "\n");
}

std::optional<BootOutcome> kept_boot(const std::filesystem::path& directory, const std::string& name,
                                     const BootKey& key) {
    const auto entry =
        nlohmann::ordered_json::parse(read_file_or(directory / (name + ".json"), ""), nullptr, false);
    if (!entry.is_object() || !entry.contains("key") || entry["key"] != to_json(key)) return std::nullopt;
    BootOutcome outcome;
    std::string problem;
    outcome.report_text = entry.value("report", "");
    if (parse_report(outcome.report_text, outcome.report, problem) != ReportState::whole) return std::nullopt;
    outcome.end = BootEnd::ok;
    outcome.seconds = entry.value("seconds", 0.0);
    outcome.first_cell_seconds = entry.value("first_cell_seconds", 0.0);
    outcome.max_rss_mib = entry.value("max_rss_mib", 0.0);
    return outcome;
}

}  // namespace stackshift
