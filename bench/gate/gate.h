// SPDX-License-Identifier: MIT
// Holds a result against a baseline: what was expected, what was found, and by which rule that is a change.
// Pure rules on results; docs/gate.md says them in words.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "gate/pairing.h"
#include "results/result.h"
#include "stats/stats.h"

namespace stackshift {

/// Which changes fail.
enum class GateRule {
    equal,      ///< any: after an improvement, too, the baseline is out of date
    not_worse,  ///< those in the wrong direction
};
template <>
inline constexpr std::array kSpellings<GateRule> = {Spelling<GateRule>{GateRule::equal, "equal"},
                                                    Spelling<GateRule>{GateRule::not_worse, "not-worse"}};

/// What a gate is asked for. What is left empty is as the baseline's instrument has it.
struct GateRequest {
    std::string filter;                    ///< regular expression of cells' names; empty: all
    PairingRequest pairing;                ///< which kernels stand against each other
    std::vector<std::string> metrics;      ///< by name; empty: default_metrics()
    std::optional<GateRule> rule;          ///< exact: equal; clock: not-worse
    std::optional<double> absolute_floor;  ///< in the metric's unit; 0
    std::optional<double> relative_floor;  ///< percent of the baseline; exact: 0, clock: 1
};

/// The probability that a gate calls a change anywhere where there is none, of each metric.
inline constexpr double kGateLevel = 0.05;
/// What the clock's minimum detectable effect and its count of further rounds are about.
inline constexpr double kGatePower = 0.8;
inline constexpr double kWantedPrecision = 1;  ///< percent

/// The clock's relative floor where none is asked for, in percent: two runs of one kernel differ by more than
/// their rounds tell, for other pages and other neighbours.
inline constexpr double kClockFloor = 1;

/// What became of one metric of a cell, or of the cell itself.
enum class Verdict {
    same,         ///< to the digit; or as bad as the baseline's
    within,       ///< not the same, but within a floor or within what chance makes
    undecided,    ///< too few seeds or rounds to tell
    worse,        //
    better,       //
    moved,        ///< of a metric that has no good direction
    recovered,    ///< the cell was not ok in the baseline, and is now
    missing,      ///< the result does not have it
    unavailable,  ///< it cannot be had any more
    failed,       ///< the cell was ok, or failed as its strategy declares, and now it fails
};

/// A phase of an exec, or a part of an operation, whose median moved most.
struct MovedPart {
    std::string metric;  ///< "phase.strings"
    double expected = 0;
    double found = 0;
};

struct Finding {
    std::string strategy;  ///< as the baseline calls it
    std::string cell;
    std::string metric;  ///< empty: the cell itself
    std::string unit;
    Verdict verdict = Verdict::same;
    bool fails = false;
    std::string rule;  ///< by which it is what it is, in words
    double expected = 0;
    double found = 0;
    double change = 0;   ///< found - expected; clock: what the median of the rounds' ratios makes of it
    double allowed = 0;  ///< the larger of the absolute and the relative floor, in the metric's unit
    std::optional<double>
        draws;                ///< exact, other code: what draws and ticks make of one difference (floor.h)
    std::optional<double> p;  ///< as corrected for the number of cells
    std::optional<Interval> percent;  ///< clock: of the change
    std::optional<double>
        detectable;  ///< clock: the smallest change, in percent, that is found 8 times of 10
    std::optional<std::size_t> rounds;  ///< clock: rounds that both have
    std::optional<std::size_t>
        rounds_wanted;              ///< clock: rounds with which kWantedPrecision is found so often
    std::optional<MovedPart> part;  ///< exact: of a change of the cost
    std::string reason;             ///< why the cell or metric is not there any more
};

struct GateReport {
    Instrument instrument = Instrument::exact;
    GateRule rule = GateRule::equal;
    double absolute_floor = 0;
    double relative_floor = 0;
    std::vector<Finding> findings;   ///< everything that was looked at, in the baseline's order
    std::vector<std::string> notes;  ///< what a reader should know besides
    std::size_t kernels = 0;         ///< pairs
    std::size_t cells = 0;           ///< of the baseline
    bool fails() const;
};

/// The metrics that a gate looks at where none is named.
std::vector<std::string> default_metrics(Instrument instrument);

/// Throws Error{incomparable} naming the field where the two do not belong together: instrument, profile, the
/// kernels' base, configuration or compiler, emulator, plan, guest, seeds, command line; clock: CPU; no
/// kernel or no cell in common; exact: nothing that could be decided for want of a second seed. Throws
/// Error{usage} for an unknown kernel or metric, a filter that is no expression or takes nothing.
GateReport judge(const Result& baseline, const Result& found, const GateRequest& request);

}  // namespace stackshift
