// SPDX-License-Identifier: MIT
// Bencher Metric Format: {benchmark: {measure: {value, lower_value, upper_value}}} (bencher.dev/bmf.json). A
// name has at most 1024 characters; a measure is named by its slug of at most 64. Units and directions belong
// to Bencher's measures and thresholds, not to this file.
#include <fmt/format.h>

#include "export/formats.h"
#include "results/json.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kLongestName = 1024;
constexpr std::size_t kLongestSlug = 64;

/// "phase.mm_switch" -> "phase-mm-switch".
std::string slug_of(const std::string& metric) {
    std::string slug;
    for (const char c : metric) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        const bool upper = c >= 'A' && c <= 'Z';
        if (plain) slug += c;
        if (upper) slug += static_cast<char>(c - 'A' + 'a');
        if (!plain && !upper && !slug.empty() && slug.back() != '-') slug += '-';
    }
    while (slug.ends_with('-')) slug.pop_back();
    return slug;
}

ordered_json metric_of(const ExportRecord& record) {
    ordered_json metric = {{"value", json_number(record.value)}};
    // A mean may lie outside of what the seeds' medians span, and Bencher wants the value between its bounds.
    if (record.low && *record.low <= record.value) metric["lower_value"] = json_number(*record.low);
    if (record.high && *record.high >= record.value) metric["upper_value"] = json_number(*record.high);
    return metric;
}

}  // namespace

Exported bencher_export(const ExportData& data) {
    Exported exported;
    ordered_json document = ordered_json::object();
    for (const ExportRecord& record : data.records) {
        const std::string slug = slug_of(record.metric);
        ordered_json& benchmark = document[record.benchmark()];
        if (slug.empty() || slug.size() > kLongestSlug || record.benchmark().size() > kLongestName ||
            benchmark.contains(slug)) {
            exported.left_out.push_back(record.name() + ": Bencher has no name for it");
            continue;
        }
        benchmark[slug] = metric_of(record);
    }
    for (const std::string& line : gap_lines(data.gaps)) exported.left_out.push_back(line);
    exported.left_out.emplace_back(
        "units and directions: set them once with the measures (all are better when smaller, unless --format "
        "csv "
        "says otherwise)");
    exported.text = document.dump(2) + '\n';
    return exported;
}

}  // namespace stackshift
