// SPDX-License-Identifier: MIT
#include "gate/null_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "gate/reduced.h"
#include "report/text_table.h"
#include "results/metrics.h"
#include "stats/stats.h"
#include "util/error.h"

namespace stackshift {
namespace {

constexpr std::size_t kFewestStretches = 3;
constexpr std::size_t kSpareRounds = 2;

bool is_timed(const CellResult& cell) {
    return cell.status == CellStatus::ok && cell.metrics.contains(metrics::kTime);
}

/// The fewest rounds that all timed cells have.
std::size_t rounds_of(const Result& result) {
    std::size_t rounds = std::numeric_limits<std::size_t>::max();
    for (const CellResult& cell : result.cells)
        if (is_timed(cell)) rounds = std::min(rounds, cell.metrics.at(metrics::kTime).group_medians.size());
    return rounds == std::numeric_limits<std::size_t>::max() ? 0 : rounds;
}

/// Rounds of a side: as many as the sign test needs at the level that Holm leaves the first of the cells.
std::size_t rounds_of_side(const Result& result) {
    const auto cells = std::count_if(result.cells.begin(), result.cells.end(), is_timed);
    const double level = kGateLevel / static_cast<double>(std::max<std::ptrdiff_t>(cells, 1));
    std::size_t rounds = 1;
    while (!median_ranks(rounds, 1 - level)) ++rounds;
    return rounds + kSpareRounds;
}

/// Every `step`-th round from `first` on, `count` of them, of each timed cell.
Result some_rounds(const Result& result, std::size_t first, std::size_t step, std::size_t count) {
    Result part = result;
    std::erase_if(part.cells, [](const CellResult& cell) { return !is_timed(cell); });
    for (CellResult& cell : part.cells) {
        Metric time = cell.metrics.at(metrics::kTime);
        std::vector<double> medians;
        for (std::size_t i = 0; i < count; ++i) medians.push_back(time.group_medians[first + i * step]);
        time.group_medians = medians;
        time.median = median(medians);
        cell.metrics = {{metrics::kTime, std::move(time)}};
    }
    return part;
}

void compare(NullCalls& calls, const Result& a, const Result& b, const GateRequest& request) {
    ++calls.comparisons;
    const GateReport report = judge(a, b, request);
    calls.called += report.fails() ? 1 : 0;
}

std::string calls_text(const NullCalls& calls) {
    return fmt::format("{} of {}", calls.called, calls.comparisons);
}

}  // namespace

std::optional<NullTest> null_test(const Result& result, const GateRequest& request) {
    const Result whole = summaries_of(result);
    NullTest test;
    test.rounds = rounds_of_side(whole);
    const std::size_t stretches = rounds_of(whole) / (2 * test.rounds);
    if (stretches < kFewestStretches) return std::nullopt;
    GateRequest gated = request;
    gated.rule = GateRule::equal;
    gated.metrics = {metrics::kTime};
    GateRequest bare = gated;
    bare.absolute_floor = 0;
    bare.relative_floor = 0;
    for (std::size_t i = 0; i < stretches; ++i) {
        const std::size_t first = 2 * i * test.rounds;
        compare(test.interleaved, some_rounds(whole, first, 2, test.rounds),
                some_rounds(whole, first + 1, 2, test.rounds), bare);
        const Result before = some_rounds(whole, first, 1, test.rounds);
        const Result after = some_rounds(whole, first + test.rounds, 1, test.rounds);
        compare(test.in_sequence, before, after, bare);
        compare(test.in_sequence_gated, before, after, gated);
    }
    return test;
}

std::string null_test_text(const std::optional<NullTest>& test) {
    if (!test)
        return wrapped(
            "",
            "How often it calls a change where there is none was not tried: that takes more rounds "
            "(host --time).",
            2);
    return wrapped(
        "",
        fmt::format(
            "Called a change where there is none, in comparisons of {} rounds of this run with {} others "
            "(any cell; {:.0f} % are chance): {} where every other round was compared with those between, "
            "{} where rounds were compared with those after them, {} of these by more than the gate's "
            "floors.",
            test->rounds, test->rounds, 100 * kGateLevel, calls_text(test->interleaved),
            calls_text(test->in_sequence), calls_text(test->in_sequence_gated)),
        2);
}

}  // namespace stackshift
