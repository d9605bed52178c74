// SPDX-License-Identifier: MIT
// CSV (RFC 4180): a line a record, and a line for everything that was asked for and is not there. Nothing is
// left out but the samples.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "export/formats.h"
#include "results/json.h"

namespace stackshift {
namespace {

std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + '"';
}

std::string number(double value) {
    return json_number(value).dump();
}

std::string number(const std::optional<double>& value) {
    return value ? number(*value) : "";
}

std::string row(const std::vector<std::string>& fields) {
    std::vector<std::string> out;
    for (const std::string& field : fields) out.push_back(csv_field(field));
    return fmt::format("{}\r\n", fmt::join(out, ","));
}

/// What names a line: strategy, cell, and the cell's parts.
std::vector<std::string> key_of(const std::string& strategy, const Cell& cell) {
    return {strategy,
            cell.name(),
            std::string(to_string(cell.path)),
            std::string(to_string(cell.abi)),
            std::string(to_string(cell.aslr)),
            std::string(to_string(cell.place)),
            std::to_string(cell.pages),
            std::string(to_string(cell.shape))};
}

std::string joined(std::vector<std::string> key, const std::vector<std::string>& rest) {
    key.insert(key.end(), rest.begin(), rest.end());
    return row(key);
}

}  // namespace

Exported csv_export(const ExportData& data) {
    Exported exported;
    exported.text = row({"strategy", "cell", "path",   "abi",       "aslr",     "place", "pages", "shape",
                         "metric",   "unit", "better", "statistic", "value",    "low",   "high",  "min",
                         "max",      "mean", "n",      "status",    "declared", "reason"});
    for (const ExportRecord& record : data.records) {
        exported.text +=
            joined(key_of(record.strategy, record.cell),
                   {record.metric, record.unit, std::string(to_string(record.better)),
                    std::string(to_string(record.statistic)), number(record.value), number(record.low),
                    number(record.high), number(record.min), number(record.max), number(record.mean),
                    std::to_string(record.n), "ok", "", ""});
    }
    for (const ExportGap& gap : data.gaps) {
        exported.text += joined(key_of(gap.strategy, gap.cell), {gap.metric, "", "", "", "", "", "", "", "",
                                                                 "", "", std::string(to_string(gap.status)),
                                                                 gap.declared ? "yes" : "no", gap.reason});
    }
    return exported;
}

}  // namespace stackshift
