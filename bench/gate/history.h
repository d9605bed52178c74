// SPDX-License-Identifier: MIT
// A folder of results as a history: each cell's trend, and where it stepped.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gate/gate.h"
#include "results/result.h"

namespace stackshift {

/// The results of a folder, without samples, oldest first, and what was left out with the reason.
struct HistoryFiles {
    std::vector<Result> results;
    std::vector<std::string> notes;
};

/// Reads every result.json below the folder, and every other .json file directly in it that is a result.
/// Throws Error{usage} where it is no folder or holds no result.
HistoryFiles load_history(const std::filesystem::path& folder);

/// One kernel's value of one cell in one run.
struct HistoryPoint {
    std::size_t result = 0;       ///< by its place in HistoryReport::runs
    std::string kernel;           ///< as its result calls it
    std::optional<double> value;  ///< the median; nothing where the cell was not ok
};

struct HistoryStep {
    std::size_t at = 0;            ///< the first point of the new level, by its place in the series
    std::optional<double> before;  ///< exact: of the point before; clock: the median of the level before
    std::optional<double> after;
    std::string rule;
    std::string part;  ///< exact: "phase.strings", which moved most; or empty
};

struct HistorySeries {
    std::string name;  ///< the strategy; of commits of a tree, whose names change, "commits"
    std::string cell;
    std::vector<HistoryPoint> points;
    std::vector<HistoryStep> steps;
};

struct HistoryRun {
    std::string id;
    std::string started;
    /// What a kernel is, by its name: "0123456789ab "subject"" of a commit, else empty.
    std::map<std::string, std::string> commits;
};

struct HistoryReport {
    Instrument instrument = Instrument::exact;
    std::string metric;
    std::vector<HistoryRun> runs;
    std::vector<HistorySeries> series;
    std::vector<std::string> notes;
};

/// The history of those results that have the newest one's instrument, profile and plan (clock: CPU); the
/// others are counted in a note. Exact: a step is what a gate of a run against the run before calls a change.
/// Clock: what change_points() (stats/change_points.h) finds in the runs' medians, above the gate's floors.
/// Throws Error{usage} as judge() does. `files` must hold a result.
HistoryReport history_of(const HistoryFiles& files, const GateRequest& request);

}  // namespace stackshift
