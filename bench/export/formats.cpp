// SPDX-License-Identifier: MIT
#include "export/formats.h"

#include <fmt/format.h>

#include "util/error.h"

namespace stackshift {
namespace {

Exported render_as(ExportFormat format, const ExportData& data) {
    switch (format) {
        case ExportFormat::github_action:
            return github_action_export(data);
        case ExportFormat::bencher:
            return bencher_export(data);
        case ExportFormat::kcidb:
            return kcidb_export(data);
        case ExportFormat::perfherder:
            return perfherder_export(data);
        case ExportFormat::nyrkio:
            return nyrkio_export(data);
        case ExportFormat::openmetrics:
            return openmetrics_export(data);
        case ExportFormat::google_benchmark:
            return google_benchmark_export(data);
        case ExportFormat::benchstat:
            return benchstat_export(data);
        case ExportFormat::lkp:
            return lkp_export(data);
        case ExportFormat::markdown:
            return markdown_export(data);
        case ExportFormat::csv:
            break;
    }
    return csv_export(data);
}

}  // namespace

Exported render(ExportFormat format, const ExportData& data) {
    Exported exported = render_as(format, data);
    if (exported.text.empty()) {
        std::string why;
        for (const std::string& line : exported.left_out) why += "\n  " + line;
        throw Error(Exit::usage, fmt::format("{} can hold nothing of this:{}", to_string(format), why));
    }
    return exported;
}

}  // namespace stackshift
