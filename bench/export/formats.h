// SPDX-License-Identifier: MIT
// The formats that results are exported to, a file each. docs/exports.md says who reads them and how.
#pragma once

#include <string>
#include <vector>

#include "export/record.h"

namespace stackshift {

enum class ExportFormat {
    github_action,     ///< github-action-benchmark, customSmallerIsBetter
    bencher,           ///< Bencher Metric Format
    kcidb,             ///< KCIDB 5.3
    perfherder,        ///< Perfherder's log line
    nyrkio,            ///< Nyrkiö's list of test results
    openmetrics,       ///< OpenMetrics text, with timestamps
    google_benchmark,  ///< Google Benchmark's JSON
    benchstat,         ///< Go's benchmark format
    lkp,               ///< a table as the kernel test robot mails it
    markdown,
    csv,
};
template <>
inline constexpr std::array kSpellings<ExportFormat> = {
    Spelling<ExportFormat>{ExportFormat::github_action, "github-action-benchmark"},
    Spelling<ExportFormat>{ExportFormat::bencher, "bencher"},
    Spelling<ExportFormat>{ExportFormat::kcidb, "kcidb"},
    Spelling<ExportFormat>{ExportFormat::perfherder, "perfherder"},
    Spelling<ExportFormat>{ExportFormat::nyrkio, "nyrkio"},
    Spelling<ExportFormat>{ExportFormat::openmetrics, "openmetrics"},
    Spelling<ExportFormat>{ExportFormat::google_benchmark, "google-benchmark"},
    Spelling<ExportFormat>{ExportFormat::benchstat, "benchstat"},
    Spelling<ExportFormat>{ExportFormat::lkp, "lkp"},
    Spelling<ExportFormat>{ExportFormat::markdown, "markdown"},
    Spelling<ExportFormat>{ExportFormat::csv, "csv"}};

/// A rendered document.
struct Exported {
    std::string text;  ///< ends with a newline
    /// What the format cannot hold, a line each, for stderr: a reader of the document alone would miss it.
    /// Where the format has comments, the same stands in the document.
    std::vector<std::string> left_out;
};

/// Renders. Throws Error{usage} where the format needs what is not given (Nyrkiö: repository, branch, commit)
/// or where nothing is left that it can hold.
Exported render(ExportFormat format, const ExportData& data);

// The formats, as render() calls them.
Exported github_action_export(const ExportData& data);
Exported bencher_export(const ExportData& data);
Exported kcidb_export(const ExportData& data);
Exported perfherder_export(const ExportData& data);
Exported nyrkio_export(const ExportData& data);
Exported openmetrics_export(const ExportData& data);
Exported google_benchmark_export(const ExportData& data);
Exported benchstat_export(const ExportData& data);
Exported lkp_export(const ExportData& data);
Exported markdown_export(const ExportData& data);
Exported csv_export(const ExportData& data);

}  // namespace stackshift
