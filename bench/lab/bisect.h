// SPDX-License-Identifier: MIT
// Finds the commits of a git tree that moved a cell. Exact counts need one boot for each commit and no
// statistics.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/contenders.h"
#include "kernels/git_tree.h"
#include "lab/step_search.h"
#include "run/directory.h"

namespace stackshift {

struct BisectRequest {
    KernelRequest kernels;  ///< its tree and how it is built; the revisions are these:
    std::string good;
    std::string bad;
    std::string test;     ///< a revision to be told good or bad, for `git bisect run`; empty: find the steps
    std::string cell;     ///< a cell's whole name
    double at_least = 0;  ///< instructions (> 0); 0: half of what lies between the two ends
    std::uint64_t seeds = 1;
    RunRequest run;
};

/// A commit and what was found.
struct Measured {
    Revision revision;
    std::optional<double> instructions;  ///< the cell's median
    std::string reason;                  ///< why there is none
};

struct BisectOutcome {
    std::filesystem::path directory;  ///< holds bisect.json and a folder for each commit
    std::string cell;
    double at_least = 0;
    Measured good;
    Measured bad;
    std::vector<Measured> log;  ///< in the order of measuring, ends first
    std::vector<Measured>
        line;  ///< the whole line, good end first; what was not measured has no figure and no reason
    std::vector<Step> steps;  ///< by their places in `line`
};

/// Measures, and writes bisect.json after each commit. What was measured in `run.out` before is not measured
/// again. Throws Error{usage} for an unknown cell or revision, Error{run_failed} where an end cannot be
/// measured.
BisectOutcome run_bisect(const BisectRequest& request, const Places& places);

/// On which side a revision is: 0 good, 1 bad, 125 it cannot be measured (codes of `git bisect run`).
int run_bisect_test(const BisectRequest& request, const Places& places);

/// What was found, in words.
std::string bisect_text(const BisectOutcome& outcome);

}  // namespace stackshift
