// SPDX-License-Identifier: MIT
#include "report/justify.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "report/entries.h"
#include "report/floor.h"
#include "report/justify_parts.h"
#include "report/problems.h"
#include "report/tables.h"
#include "report/text.h"
#include "report/view.h"
#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {
namespace {

// Sizes that show the course: nothing staged, little, the last below and the first above the number of pages
// that x86 flushes one by one, much.
constexpr const char* kShownSizes = "^self-exec/.*/argv:(0|1|8|33|34|128)p/long$";
constexpr const char* kPhaseCells = "^self-exec/native/aslr/argv:(0|8|33)p/long$";

/// Only what belongs to these kernels, in this order.
Result only(const Result& result, const std::vector<std::string>& strategies) {
    Result part = result;
    part.kernels.clear();
    part.cells.clear();
    for (const std::string& strategy : strategies) {
        for (const KernelInfo& kernel : result.kernels)
            if (kernel.strategy == strategy) part.kernels.push_back(kernel);
        for (const CellResult& cell : result.cells)
            if (cell.strategy == strategy) part.cells.push_back(cell);
    }
    return part;
}

void require_strategies(const Justification& justification) {
    if (justification.strategies.size() < 2)
        throw Error(
            Exit::usage,
            "--strategies takes two at least: what there was, and what is proposed (relocate,direct)");
    std::vector<std::string> known;
    for (const CellResult& cell : justification.exact.cells) {
        if (known.empty() || known.back() != cell.strategy) known.push_back(cell.strategy);
    }
    for (const std::string& strategy : justification.strategies) {
        if (std::find(known.begin(), known.end(), strategy) == known.end())
            throw Error(Exit::usage, fmt::format("run {}: {}", justification.exact.run.id,
                                                 unknown_name_message("strategy", strategy, known)));
    }
}

/// How the cells of a contender differ from the baseline's.
struct Tally {
    std::size_t less = 0;
    std::size_t more = 0;
    std::size_t same = 0;  ///< equal, or within what draws make of it
    std::size_t failed = 0;
    std::size_t cells() const { return less + more + same + failed; }
};

Tally tally_of(const View& view, const Contender& contender) {
    Tally tally;
    for (const Row& row : view.rows) {
        for (const Configuration& configuration : kConfigurations) {
            const CellResult* base = view.contenders.front().find(row, configuration);
            const CellResult* cell = contender.find(row, configuration);
            if (base == nullptr || cell == nullptr || base->status != CellStatus::ok) continue;
            const std::optional<double> difference = median_difference(cell, base, view.cost());
            if (!difference) {
                ++tally.failed;
            } else if (*difference == 0 ||
                       !exceeds_floor(view, row, configuration, configuration, *difference)) {
                ++tally.same;
            } else {
                ++(*difference < 0 ? tally.less : tally.more);
            }
        }
    }
    return tally;
}

/// "native ASLR: -7198 of 59572 (-12.1%)" of a minimal exec; empty where it was not measured.
std::string minimal_text(const View& view, const Contender& contender, const Configuration& configuration) {
    const Row row;  // a self-exec without payload
    const CellResult* base = view.contenders.front().find(row, configuration);
    const CellResult* cell = contender.find(row, configuration);
    const std::optional<double> difference = median_difference(cell, base, view.cost());
    if (!difference) return "";
    const bool told = *difference == 0 || exceeds_floor(view, row, configuration, configuration, *difference);
    return fmt::format("{}: {} of {} ({}{})", configuration.title, difference_entry(difference),
                       median_entry(base, view.cost()), percent_entry(difference, base, view.cost()),
                       told ? "" : ", within the floor");
}

/// The answer, a paragraph a contender.
std::string answer(const View& view) {
    std::string text;
    for (std::size_t i = 1; i < view.contenders.size(); ++i) {
        const Contender& contender = view.contenders[i];
        std::vector<std::string> parts;
        for (const Configuration& configuration : kConfigurations) {
            const std::string part = minimal_text(view, contender, configuration);
            if (!part.empty()) parts.push_back(part);
        }
        const Tally tally = tally_of(view, contender);
        text +=
            wrapped("",
                    fmt::format("{} against {}, instructions of a minimal exec: {}. {} cells: {} with fewer "
                                "instructions, {} with more, {} within the floor, {} failed.",
                                contender.label, view.contenders.front().label,
                                parts.empty() ? "not measured" : fmt::format("{}", fmt::join(parts, "; ")),
                                tally.cells(), tally.less, tally.more, tally.same, tally.failed),
                    0, kMessageWidth);
    }
    return text;
}

bool any_cell(const Result& result, const std::string& filter) {
    const Pattern pattern(filter);
    return std::any_of(result.cells.begin(), result.cells.end(),
                       [&](const CellResult& cell) { return pattern.found_in(cell.cell.name()); });
}

using Tables = std::vector<Table> (*)(const View&, ExecPath);

/// The tables of the cells that a filter takes; empty where there are none.
std::string tables_text(const Result& result, const std::string& baseline, const std::string& filter,
                        Tables tables) {
    if (!any_cell(result, filter)) return "";
    const std::vector<Result> results = {result};
    CompareOptions options;
    options.baseline = baseline;
    options.filter = filter;
    const View view = make_view(results, options);
    std::string text;
    for (const Table& table : tables(view, ExecPath::self_exec)) text += table_text(table, kMessageWidth);
    return text;
}

std::string exact_text(const Justification& justification, const Result& exact, const View& view) {
    const std::string& baseline = justification.strategies.front();
    std::string text = tables_text(exact, baseline, kShownSizes, contender_tables);
    text +=
        '\n' +
        wrapped(
            "",
            "diff, %: against " + baseline +
                ". floor: what the draws of ASLR and the timer's ticks alone make of a row's differences, at "
                "most, in 95 of 100 comparisons; ~: not more than that.",
            0, kMessageWidth);
    text += tables_text(exact, baseline, kPhaseCells, phase_tables);
    text += tables_text(exact, baseline, kShownSizes, flush_tables);
    const std::vector<Note> failures = failure_reasons(view);
    if (!failures.empty()) text += "\nCells that failed:\n" + notes_text(failures, kMessageWidth);
    return text;
}

std::string clock_text(const Result& clock) {
    const std::string kernel = clock.kernels.empty() ? "" : clock.kernels.front().base;
    const bool one = clock.kernels.size() <= 1;
    std::string text = tables_text(clock, "", kShownSizes, one ? cost_tables : contender_tables);
    if (text.empty()) return "";
    return text + '\n' +
           wrapped("",
                   fmt::format(
                       "Time is of Linux {} on {}. +-95%: half the widest 95 % interval of a row's medians "
                       "(sign test over the rounds' medians); ~: two intervals overlap or are unknown.",
                       kernel, machine_of(clock)),
                   0, kMessageWidth);
}

}  // namespace

std::string justify_text(const Justification& justification) {
    require_strategies(justification);
    const Result exact = only(justification.exact, justification.strategies);
    const std::vector<Result> results = {exact};
    CompareOptions options;
    options.baseline = justification.strategies.front();
    const View view = make_view(results, options);
    std::string text = answer(view);
    text += measured_text(justification, exact);
    text += exact_text(justification, exact, view);
    if (justification.clock) text += clock_text(*justification.clock);
    text += changes_text(justification);
    text += size_text(justification);
    text += not_measured_text(justification, exact);
    text += reproduce_text(justification, exact);
    make_ascii(text);
    return text;
}

}  // namespace stackshift
