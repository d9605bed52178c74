// SPDX-License-Identifier: MIT
// What dashboards are given of a result: one record a measured quantity, made once, which every format
// renders.
//
// Names. A record is named STRATEGY/CELL/METRIC ("relocate/self-exec/native/aslr/argv:8p/long/instructions").
// Strategies and cells have the spelling that they have everywhere, a cell's has four '/', and the metric is
// the rest. No run, date, machine or version is part of a name, so a dashboard's history goes on with every
// run. These names are promised: a quantity that changes its meaning gets another name, and docs/exports.md
// says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/result.h"

namespace stackshift {

/// Which way a metric is better.
enum class Better { lower, higher, none };
template <>
inline constexpr std::array kSpellings<Better> = {Spelling<Better>{Better::lower, "lower"},
                                                  Spelling<Better>{Better::higher, "higher"},
                                                  Spelling<Better>{Better::none, "none"}};

/// The number that stands for a metric's samples: the same that the tables show.
enum class Statistic {
    median,  ///< exact: of the seeds' medians; clock: of all samples
    mean,    ///< of counts an exec, whose median would hide that one exec in sixteen differs
};
template <>
inline constexpr std::array kSpellings<Statistic> = {Spelling<Statistic>{Statistic::median, "median"},
                                                     Spelling<Statistic>{Statistic::mean, "mean"}};

/// One measured quantity of one cell of one kernel.
struct ExportRecord {
    std::string strategy;
    Cell cell;
    std::string metric;  ///< as result files name it: "instructions", "time", "phase.place"
    std::string unit;    ///< "instructions", "ns", "1"
    Better better = Better::lower;
    Statistic statistic = Statistic::median;
    double value = 0;
    /// Exact: the smallest and largest of the seeds' own statistics, which is what the draws of ASLR did.
    /// Clock: the 95 % interval of the median (report/view.h). Nothing where there is one seed, or too few
    /// rounds.
    std::optional<double> low;
    std::optional<double> high;
    double min = 0;  ///< of the samples
    double max = 0;
    double mean = 0;
    std::uint64_t n = 0;                ///< samples
    std::vector<double> group_medians;  ///< of each seed (exact) or round (clock)
    std::vector<std::uint64_t> groups;  ///< how many samples each has

    std::string name() const;       ///< STRATEGY/CELL/METRIC
    std::string benchmark() const;  ///< STRATEGY/CELL
};

/// A quantity that was asked for and is not there: never a zero instead.
struct ExportGap {
    std::string strategy;
    Cell cell;
    std::string metric;  ///< empty: the whole cell
    CellStatus status = CellStatus::unavailable;
    bool declared = false;  ///< a failure that its strategy declares
    std::string reason;
};

/// What a dashboard has to be told besides, where a result does not hold it.
struct ExportContext {
    std::string origin = "stackshift";  ///< KCIDB's name of the CI system: a-z, 0-9 and _
    std::string repository;             ///< URL of the git repository that the runs belong to
    std::string branch;
    std::string commit;  ///< of that repository; kernels of a git tree know their own
};

/// What formats render.
struct ExportData {
    std::vector<Result> results;  ///< without the cells that were not asked for
    std::vector<ExportRecord> records;
    std::vector<ExportGap> gaps;
    ExportContext context;

    /// The result that holds the strategy's cells, and its kernel where it is described.
    const Result& result_of(const std::string& strategy) const;
    const KernelInfo* kernel_of(const std::string& strategy) const;
    /// In order of appearance.
    std::vector<std::string> strategies() const;
};

/// What of the results is to be exported.
struct ExportRequest {
    std::string filter;  ///< regular expression searched in cells' names; empty: all cells
    /// Metrics by name, by the name of a group that ends at a dot ("phase", "tlb", "perf", "child"), or
    /// "all". Empty: the cost of an exec (instructions, time), staging_cost, page_faults and tlb.
    std::vector<std::string> metrics;
};

/// Records in the order of the results' kernels and cells, each cell's metrics by name. Throws Error{usage}
/// for a bad or unmatched filter, a metric that no cell has or lacks with a reason (with the nearest),
/// results that hold the same cell of the same strategy twice, and where nothing was measured at all.
/// `results` must not be empty.
ExportData make_export(std::vector<Result> results, const ExportRequest& request,
                       const ExportContext& context);

/// Seconds since 1970 (UTC) at which a run started. Throws Error{usage} for one that says no time.
std::int64_t started_seconds(const Result& result);

/// Lines that say what is not there and why, one per reason: "array, array+nozero: 76 cells failed, as
/// declared: execve: E2BIG (Argument list too long) (first: self-exec/native/aslr/argv:33p/long)".
std::vector<std::string> gap_lines(const std::vector<ExportGap>& gaps);

}  // namespace stackshift
