// SPDX-License-Identifier: MIT
#include "gate/compare_metric.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "matrix/part.h"
#include "report/floor.h"
#include "stats/paired.h"

namespace stackshift {
namespace {

Row row_of(const Cell& cell) {
    return {cell.path, cell.place, cell.pages, cell.shape};
}

const Configuration& configuration_of(const Cell& cell) {
    return *std::find_if(kConfigurations.begin(), kConfigurations.end(), [&](const Configuration& known) {
        return known.abi == cell.abi && known.aslr == cell.aslr;
    });
}

double larger_floor(const GateReport& report, double expected) {
    return std::max(report.absolute_floor, report.relative_floor / 100 * std::abs(expected));
}

Verdict direction(const Metric& metric, double change) {
    if (metric.better == "none") return Verdict::moved;
    return (change > 0) == (metric.better == "lower") ? Verdict::worse : Verdict::better;
}

void begin(const Comparison& comparison, const GateReport& report) {
    Finding& finding = *comparison.finding;
    finding.unit = comparison.expected->unit;
    finding.expected = comparison.expected->median;
    finding.found = comparison.found->median;
    finding.change = finding.found - finding.expected;
    finding.allowed = larger_floor(report, finding.expected);
}

/// p of a difference between two images, or nothing where it cannot be told.
std::optional<double> chance_of(const Comparison& comparison, const View& view) {
    Finding& finding = *comparison.finding;
    const Cell& cell = comparison.expected_cell->cell;
    const Configuration& configuration = configuration_of(cell);
    const std::optional<DifferenceSpread> spread =
        difference_spread(view, row_of(cell), configuration, configuration, finding.metric);
    if (!spread) {
        // One seed: without ASLR that is all there is, but for ticks.
        if (cell.aslr == Aslr::on) return std::nullopt;
        return finding.change == 0 ? 1 : 0;
    }
    finding.draws = student_975(spread->degrees) * spread->deviation;
    if (spread->deviation == 0) return finding.change == 0 ? 1 : 0;
    return student_two_sided(finding.change / spread->deviation, spread->degrees);
}

void decide_count(const Comparison& comparison, std::size_t of) {
    Finding& finding = *comparison.finding;
    if (finding.change == 0) {
        finding.rule = "equal";
        finding.verdict = Verdict::same;
        return;
    }
    if (comparison.same_code) {
        finding.rule = "the same kernel image: equal, to the instruction";
    } else if (!finding.p) {
        finding.rule = "another kernel image, and one seed: its draws of ASLR cannot be told from its code";
        finding.verdict = Verdict::undecided;
        return;
    } else if (finding.draws.value_or(0) == 0) {
        finding.rule =
            "another kernel image, but no seed's draws show in this cell: equal, to the instruction";
    } else {
        finding.rule = fmt::format(
            "another kernel image: p {:.2g} (t test over the seeds, Holm over {} cells), called up to {}",
            *finding.p, of, kGateLevel);
    }
    const bool by_chance = !comparison.same_code && *finding.p > kGateLevel;
    const bool small = std::abs(finding.change) <= finding.allowed;
    finding.verdict = by_chance || small ? Verdict::within : direction(*comparison.expected, finding.change);
}

/// How many rounds the sign test needs before any outcome is significant at this level.
std::size_t fewest_rounds(double level) {
    std::size_t rounds = 1;
    while (!median_ranks(rounds, 1 - level)) ++rounds;
    return rounds;
}

void decide_time(const Comparison& comparison, const PairedChange& change, TestSize size, std::size_t of) {
    Finding& finding = *comparison.finding;
    finding.change = finding.expected * change.percent / 100;
    finding.percent = change.interval;
    finding.rounds = change.rounds;
    finding.detectable = change.detectable;
    finding.rounds_wanted = change.rounds_wanted;
    if (!median_ranks(change.rounds, 1 - size.level)) {
        finding.rule = fmt::format("{} rounds of both: among {} cells nothing can be told from fewer than {}",
                                   change.rounds, of, fewest_rounds(size.level));
        finding.verdict = Verdict::undecided;
        return;
    }
    finding.rule = fmt::format("p {:.2g} (sign test over {} rounds, Holm over {} cells), called up to {}",
                               *finding.p, change.rounds, of, kGateLevel);
    if (finding.change == 0) {
        finding.verdict = Verdict::same;
    } else if (*finding.p > kGateLevel || std::abs(finding.change) <= finding.allowed) {
        finding.verdict = Verdict::within;
    } else {
        finding.verdict = direction(*comparison.expected, finding.change);
    }
}

/// The medians of the rounds; where a file from elsewhere has none, its one median.
std::vector<double> rounds_of(const Metric& metric) {
    return metric.group_medians.empty() ? std::vector<double>{metric.median} : metric.group_medians;
}

}  // namespace

void decide_counts(std::vector<Comparison>& comparisons, const View& view, const GateReport& report) {
    std::vector<double> chances;
    std::vector<Finding*> tested;
    for (const Comparison& comparison : comparisons) {
        begin(comparison, report);
        if (comparison.same_code) continue;
        if (const std::optional<double> p = chance_of(comparison, view)) {
            chances.push_back(*p);
            tested.push_back(comparison.finding);
        }
    }
    const std::vector<double> adjusted = holm(chances);
    for (std::size_t i = 0; i < tested.size(); ++i) tested[i]->p = adjusted[i];
    for (const Comparison& comparison : comparisons) decide_count(comparison, tested.size());
}

void decide_times(std::vector<Comparison>& comparisons, const GateReport& report) {
    // What the smallest p must reach.
    const TestSize size = {kGateLevel / static_cast<double>(std::max<std::size_t>(1, comparisons.size())),
                           kGatePower};
    std::vector<PairedChange> changes;
    std::vector<double> chances;
    for (const Comparison& comparison : comparisons) {
        begin(comparison, report);
        changes.push_back(paired_change(rounds_of(*comparison.expected), rounds_of(*comparison.found), size,
                                        kWantedPrecision));
        chances.push_back(changes.back().p);
    }
    const std::vector<double> adjusted = holm(chances);
    for (std::size_t i = 0; i < comparisons.size(); ++i) {
        comparisons[i].finding->p = adjusted[i];
        decide_time(comparisons[i], changes[i], size, comparisons.size());
    }
}

std::optional<MovedPart> most_moved(const CellResult& expected, const CellResult& found) {
    std::optional<MovedPart> most;
    for (const auto& [name, metric] : expected.metrics) {
        if (!name.starts_with(metrics::kPhasePrefix) && !parse<Part>(name)) continue;
        const auto other = found.metrics.find(name);
        if (other == found.metrics.end() || other->second.median == metric.median) continue;
        const MovedPart part = {name, metric.median, other->second.median};
        if (!most || std::abs(part.found - part.expected) > std::abs(most->found - most->expected))
            most = part;
    }
    return most;
}

}  // namespace stackshift
