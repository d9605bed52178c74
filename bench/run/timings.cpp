// SPDX-License-Identifier: MIT
#include "run/timings.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "util/files.h"

namespace stackshift {

void Timings::add(const std::string& what, double value, const std::string& unit) {
    entries_.push_back({what, value, unit});
}

void Timings::save(const std::filesystem::path& directory) const {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Entry& entry : entries_) {
        list.push_back({{"what", entry.what}, {"value", entry.value}, {"unit", entry.unit}});
    }
    write_file_atomically(directory / "timings.json", list.dump(1) + "\n");
}

Timings Timings::load(const std::filesystem::path& directory) {
    Timings timings;
    const auto list =
        nlohmann::ordered_json::parse(read_file_or(directory / "timings.json", "[]"), nullptr, false);
    if (!list.is_array()) return timings;
    for (const auto& entry : list) {
        // Written by hand, or by another version: shown as far as it is understood.
        if (!entry.is_object() || !entry.contains("what") || !entry["what"].is_string() ||
            !entry.contains("value") || !entry["value"].is_number() || !entry.contains("unit") ||
            !entry["unit"].is_string())
            continue;
        timings.add(entry["what"], entry["value"], entry["unit"]);
    }
    return timings;
}

std::string Timings::text() const {
    std::string text;
    for (const Entry& entry : entries_)
        text += fmt::format("  {:<44} {:>9.1f} {}\n", entry.what, entry.value, entry.unit);
    return text;
}

}  // namespace stackshift
