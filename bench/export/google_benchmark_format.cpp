// SPDX-License-Identifier: MIT
// Google Benchmark's JSON, as its JSONReporter writes it and its compare.py reads it: an entry a seed (exact)
// or round (clock), which is a repetition there. `host` writes this format itself, through the library; here
// it is made from a result, whatever instrument. Counts stand as nanoseconds, for there is no other unit:
// under -icount shift=0 one instruction is one nanosecond of the guest.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "export/formats.h"
#include "report/comparable.h"
#include "results/json.h"
#include "results/metrics.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

bool is_cost(const ExportRecord& record) {
    return record.metric == metrics::kInstructions || record.metric == metrics::kTime;
}

ordered_json entry_of(const ExportRecord& record, std::size_t index, std::size_t family) {
    const double value = record.group_medians[index];
    return {{"name", record.benchmark()},
            {"family_index", family},
            {"per_family_instance_index", 0},
            {"run_name", record.benchmark()},
            {"run_type", "iteration"},
            {"repetitions", record.group_medians.size()},
            {"repetition_index", index},
            {"threads", 1},
            {"iterations", index < record.groups.size() ? record.groups[index] : record.n},
            {"real_time", json_number(value)},
            {"cpu_time", json_number(value)},
            {"time_unit", "ns"}};
}

ordered_json context_of(const ExportData& data, const std::vector<std::string>& left_out) {
    const Result& result = data.results.front();
    ordered_json context = {
        {"date", result.run.started},      {"executable", "stackshift"},
        {"caches", ordered_json::array()}, {"load_avg", ordered_json::array()},
        {"library_build_type", "release"}, {"stackshift_version", result.run.suite_version},
        {"stackshift_run", result.run.id}, {"stackshift_instrument", to_string(result.run.instrument)}};
    if (const std::string cpu = environment_text(result, "cpu"); !cpu.empty())
        context["stackshift_cpu"] = cpu;
    if (!left_out.empty()) context["stackshift_left_out"] = fmt::format("{}", fmt::join(left_out, "; "));
    return context;
}

}  // namespace

Exported google_benchmark_export(const ExportData& data) {
    Exported exported;
    ordered_json benchmarks = ordered_json::array();
    std::size_t counters = 0;
    std::size_t family = 0;
    bool counted = false;
    for (const ExportRecord& record : data.records) {
        if (!is_cost(record)) {
            ++counters;
            continue;
        }
        counted = counted || record.metric == metrics::kInstructions;
        for (std::size_t i = 0; i < record.group_medians.size(); ++i)
            benchmarks.push_back(entry_of(record, i, family));
        ++family;
    }
    exported.left_out = gap_lines(data.gaps);
    if (counters > 0)
        exported.left_out.push_back(fmt::format("{} metrics beside instructions and time", counters));
    if (counted)
        exported.left_out.emplace_back("the unit of counts: an instruction is written as a nanosecond");
    if (benchmarks.empty()) return exported;
    const ordered_json document = {{"context", context_of(data, exported.left_out)},
                                   {"benchmarks", std::move(benchmarks)}};
    exported.text = document.dump(2) + '\n';
    return exported;
}

}  // namespace stackshift
