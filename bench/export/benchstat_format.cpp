// SPDX-License-Identifier: MIT
// Go's benchmark format, which benchstat reads (golang.org/design/14313-benchmark-format, with the unit lines
// of golang.org/x/perf/benchfmt): a line a seed (exact) or round (clock), all metrics of a cell on it. The
// strategy is a configuration line, so that `benchstat -col strategy FILE` sets strategies side by side.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>

#include "export/formats.h"
#include "report/comparable.h"
#include "results/json.h"
#include "results/metrics.h"

namespace stackshift {
namespace {

/// A unit says what is measured too, in its words before the last hyphen. "ns/op" is known to benchstat as a
/// time.
std::string unit_of(const ExportRecord& record) {
    std::string what;
    for (const char c : record.metric) what += c == ' ' || c == '\t' ? '_' : c;
    if (record.metric == metrics::kTime && record.unit == "ns") return "ns/op";
    if (record.unit == "1" || record.metric == record.unit) return what + "/op";
    return what + '-' + (record.unit == "ns" || record.unit == "instructions" ? record.unit : "1") + "/op";
}

/// "BenchmarkExec/path=self-exec/abi=native/aslr=on/place=argv/pages=8/shape=long".
std::string benchmark_name(const Cell& cell) {
    return fmt::format("BenchmarkExec/path={}/abi={}/aslr={}/place={}/pages={}/shape={}",
                       to_string(cell.path), to_string(cell.abi), cell.aslr == Aslr::on ? "on" : "off",
                       to_string(cell.place), cell.pages, to_string(cell.shape));
}

/// No value of a configuration line holds a newline.
std::string config_line(const std::string& key, std::string value) {
    std::replace(value.begin(), value.end(), '\n', ' ');
    return value.empty() ? "" : fmt::format("{}: {}\n", key, value);
}

std::string lines_of(const std::vector<const ExportRecord*>& of_cell) {
    std::size_t most = 0;
    for (const ExportRecord* record : of_cell) most = std::max(most, record->group_medians.size());
    std::string text;
    for (std::size_t i = 0; i < most; ++i) {
        std::uint64_t execs = 1;
        std::string values;
        for (const ExportRecord* record : of_cell) {
            if (i >= record->group_medians.size()) continue;
            if (i < record->groups.size()) execs = std::max(execs, record->groups[i]);
            values += fmt::format(" {} {}", json_number(record->group_medians[i]).dump(), unit_of(*record));
        }
        text += fmt::format("{} {}{}\n", benchmark_name(of_cell.front()->cell), execs, values);
    }
    return text;
}

std::string unit_lines(const ExportData& data) {
    std::map<std::string, Better> units;
    for (const ExportRecord& record : data.records) units.emplace(unit_of(record), record.better);
    std::string text;
    for (const auto& [unit, better] : units) {
        // "time" and "bytes" are known to be better when smaller, and may not be said again otherwise.
        if (better != Better::none && unit != "ns/op")
            text += fmt::format("Unit {} better={}\n", unit, to_string(better));
    }
    return text;
}

}  // namespace

Exported benchstat_export(const ExportData& data) {
    Exported exported;
    exported.left_out = gap_lines(data.gaps);
    exported.text = "# stackshift: a line is the median of one boot (exact) or round (clock)\n";
    for (const std::string& line : exported.left_out) exported.text += "# " + line + '\n';
    exported.text += unit_lines(data);
    for (const std::string& strategy : data.strategies()) {
        const Result& result = data.result_of(strategy);
        exported.text += '\n' + config_line("suite", "stackshift " + result.run.suite_version) +
                         config_line("instrument", std::string(to_string(result.run.instrument))) +
                         config_line("strategy", strategy);
        const bool clock = result.run.instrument == Instrument::clock;
        if (clock) exported.text += config_line("cpu", environment_text(result, "cpu"));
        std::vector<const ExportRecord*> of_cell;
        const auto flush = [&] {
            if (!of_cell.empty()) exported.text += lines_of(of_cell);
            of_cell.clear();
        };
        for (const ExportRecord& record : data.records) {
            if (record.strategy != strategy) continue;
            if (!of_cell.empty() && !(of_cell.front()->cell == record.cell)) flush();
            of_cell.push_back(&record);
        }
        flush();
    }
    return exported;
}

}  // namespace stackshift
