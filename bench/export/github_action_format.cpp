// SPDX-License-Identifier: MIT
// github-action-benchmark's `customSmallerIsBetter`: an array of {name, value, unit, range, extra}
// (benchmark-action/github-action-benchmark, src/extract.ts). One direction a file, no errors, no samples.
#include <fmt/format.h>

#include "export/formats.h"
#include "results/json.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

/// What its charts show when pointed at. The action shows it as it is.
std::string extra_of(const ExportRecord& record) {
    return fmt::format("{} of {} samples\nmin {}\nmax {}", to_string(record.statistic), record.n,
                       json_number(record.min).dump(), json_number(record.max).dump());
}

ordered_json entry_of(const ExportRecord& record) {
    ordered_json entry = {
        {"name", record.name()}, {"value", json_number(record.value)}, {"unit", record.unit}};
    // Its other tools say "± x" (src/extract.ts).
    if (record.low && record.high)
        entry["range"] = fmt::format("± {:.10g}", (*record.high - *record.low) / 2);
    entry["extra"] = extra_of(record);
    return entry;
}

}  // namespace

Exported github_action_export(const ExportData& data) {
    Exported exported;
    ordered_json entries = ordered_json::array();
    std::size_t other_direction = 0;
    for (const ExportRecord& record : data.records) {
        if (record.better == Better::lower) {
            entries.push_back(entry_of(record));
        } else {
            ++other_direction;
        }
    }
    exported.left_out = gap_lines(data.gaps);
    if (other_direction > 0)
        exported.left_out.push_back(
            fmt::format("{} metrics that are not better when smaller", other_direction));
    if (!entries.empty()) exported.text = entries.dump(2) + '\n';
    return exported;
}

}  // namespace stackshift
