// SPDX-License-Identifier: MIT
// OpenMetrics text (openmetrics.io, specification 1.0): a family a metric, a sample a statistic of a cell,
// stamped with the run's start so that a database can be filled from it. A family's name ends in its unit,
// times are in seconds. The format has no comments; cells without a number are told by the family
// stackshift_cell_ok.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>

#include "export/formats.h"
#include "results/json.h"

namespace stackshift {
namespace {

/// "phase.mm_switch" -> "phase_mm_switch"; anything but letters and digits is '_'.
std::string identifier(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (plain) out += c;
        if (!plain && (out.empty() || out.back() != '_')) out += '_';
    }
    while (out.ends_with('_')) out.pop_back();
    return out;
}

/// As the format wants label values.
std::string label_value(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        out += c == '\n' ? std::string("\\n") : std::string(1, c);
    }
    return out + '"';
}

std::string labels_of(const std::string& strategy, const Cell& cell) {
    return fmt::format(
        "strategy={},cell={},path=\"{}\",abi=\"{}\",aslr=\"{}\",place=\"{}\",pages=\"{}\",shape=\"{}\"",
        label_value(strategy), label_value(cell.name()), to_string(cell.path), to_string(cell.abi),
        cell.aslr == Aslr::on ? "on" : "off", to_string(cell.place), cell.pages, to_string(cell.shape));
}

/// A family of samples: all of one metric.
struct Family {
    std::string name;
    std::string unit;  ///< empty: none
    std::string help;
    std::string samples;
};

Family family_of(const ExportRecord& record) {
    Family family;
    family.unit = record.unit == "ns" ? "seconds" : record.unit == "1" ? "" : identifier(record.unit);
    const std::string base = "stackshift_exec_" + identifier(record.metric);
    const bool has_unit = family.unit.empty() || base.ends_with('_' + family.unit);
    family.name = has_unit ? base : base + '_' + family.unit;
    family.help = fmt::format(
        "{} per exec{}, {} and bounds", record.metric,
        record.better == Better::none ? "" : fmt::format(" ({} is better)", to_string(record.better)),
        to_string(record.statistic));
    return family;
}

void add_samples(Family& family, const ExportRecord& record, std::int64_t seconds) {
    // Divided, not multiplied: 12.5 ns are 1.25e-08 s and not 1.2500000000000001e-08.
    const double per_unit = record.unit == "ns" ? 1e9 : 1;
    const auto add = [&](std::string_view stat, double value) {
        family.samples +=
            fmt::format("{}{{{},stat=\"{}\"}} {} {}\n", family.name, labels_of(record.strategy, record.cell),
                        stat, json_number(value / per_unit).dump(), seconds);
    };
    add(to_string(record.statistic), record.value);
    if (record.low) add("low", *record.low);
    if (record.high) add("high", *record.high);
}

std::string text_of(const Family& family) {
    return fmt::format("# TYPE {0} gauge\n{1}# HELP {0} {2}\n{3}", family.name,
                       family.unit.empty() ? "" : fmt::format("# UNIT {} {}\n", family.name, family.unit),
                       family.help, family.samples);
}

/// Which cells could be measured.
Family status_family(const ExportData& data) {
    Family family = {"stackshift_cell_ok", "", "whether the cell could be measured: 1 or 0", ""};
    for (const Result& result : data.results) {
        const std::int64_t seconds = started_seconds(result);
        for (const CellResult& cell : result.cells) {
            family.samples +=
                fmt::format("{}{{{}}} {} {}\n", family.name, labels_of(cell.strategy, cell.cell),
                            cell.status == CellStatus::ok ? 1 : 0, seconds);
        }
    }
    return family;
}

}  // namespace

Exported openmetrics_export(const ExportData& data) {
    Exported exported;
    std::map<std::string, std::int64_t> started;
    for (const std::string& strategy : data.strategies())
        started[strategy] = started_seconds(data.result_of(strategy));
    // A family's samples stand together.
    std::vector<Family> families;
    for (const ExportRecord& record : data.records) {
        const Family wanted = family_of(record);
        auto family = std::find_if(families.begin(), families.end(),
                                   [&](const Family& candidate) { return candidate.name == wanted.name; });
        if (family == families.end()) family = families.insert(family, wanted);
        add_samples(*family, record, started.at(record.strategy));
    }
    families.push_back(status_family(data));
    for (const Family& family : families) exported.text += text_of(family);
    exported.text += "# EOF\n";
    exported.left_out = gap_lines(data.gaps);
    return exported;
}

}  // namespace stackshift
