// SPDX-License-Identifier: MIT
// Perfherder's log line "PERFHERDER_DATA: {json}" (mozilla/treeherder, schemas/performance-artifact.json):
// names of at most 80 characters, units of at most 20, values within 1e12. `application` is left out: it is
// one of its browsers.
#include <fmt/format.h>

#include <cmath>

#include "export/formats.h"
#include "results/json.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kLongestPerfherderName = 80;
constexpr std::size_t kLongestPerfherderUnit = 20;
constexpr double kLargestValue = 1e12;

/// Counts without randomised addresses are the same in every run: any change is one. The rest is left to
/// Perfherder's default, a change of 2 %.
bool is_exact(const ExportData& data, const ExportRecord& record) {
    return data.result_of(record.strategy).run.instrument == Instrument::exact &&
           record.cell.aslr == Aslr::off && record.statistic == Statistic::median;
}

ordered_json subtest_of(const ExportData& data, const ExportRecord& record) {
    ordered_json subtest = {{"name", record.cell.name() + '/' + record.metric},
                            {"value", json_number(record.value)},
                            {"unit", record.unit}};
    if (record.better == Better::none) {
        subtest["shouldAlert"] = false;
    } else {
        subtest["lowerIsBetter"] = record.better == Better::lower;
    }
    if (is_exact(data, record)) {
        subtest["alertChangeType"] = "absolute";
        subtest["alertThreshold"] = 1;
    }
    return subtest;
}

bool fits(const ExportRecord& record) {
    return record.cell.name().size() + 1 + record.metric.size() <= kLongestPerfherderName &&
           record.unit.size() <= kLongestPerfherderUnit && std::abs(record.value) <= kLargestValue;
}

}  // namespace

Exported perfherder_export(const ExportData& data) {
    Exported exported;
    ordered_json suites = ordered_json::array();
    for (const std::string& strategy : data.strategies()) {
        ordered_json subtests = ordered_json::array();
        for (const ExportRecord& record : data.records) {
            if (record.strategy != strategy) continue;
            if (fits(record)) {
                subtests.push_back(subtest_of(data, record));
            } else {
                exported.left_out.push_back(fmt::format(
                    "{}: Perfherder's names end at {} characters, its units at {}, its values at 1e12",
                    record.name(), kLongestPerfherderName, kLongestPerfherderUnit));
            }
        }
        if (!subtests.empty())
            suites.push_back({{"name", "stackshift " + strategy}, {"subtests", std::move(subtests)}});
    }
    for (const std::string& line : gap_lines(data.gaps)) exported.left_out.push_back(line);
    exported.left_out.emplace_back("intervals and numbers of samples");
    if (suites.empty()) return exported;
    const ordered_json document = {{"framework", {{"name", "stackshift"}}}, {"suites", std::move(suites)}};
    exported.text = "PERFHERDER_DATA: " + document.dump() + '\n';
    return exported;
}

}  // namespace stackshift
