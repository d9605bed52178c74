// SPDX-License-Identifier: MIT
#include "report/claim_facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "report/entries.h"
#include "report/floor.h"
#include "report/move.h"

namespace stackshift {
namespace {

/// The strategies that are mainline's way, in the order of preference.
constexpr const char* kMainlines[] = {"pristine", "relocate"};

bool has_kernel(const std::vector<Result>& results, const std::string& strategy) {
    return std::any_of(results.begin(), results.end(), [&](const Result& result) {
        return std::any_of(result.cells.begin(), result.cells.end(),
                           [&](const CellResult& cell) { return cell.strategy == strategy; });
    });
}

std::optional<View> view_against_mainline(const std::vector<Result>& results) {
    for (const char* mainline : kMainlines) {
        if (!has_kernel(results, mainline)) continue;
        CompareOptions options;
        options.baseline = mainline;
        return make_view(results, options);
    }
    return std::nullopt;
}

}  // namespace

ClaimFacts::ClaimFacts(const Evidence& evidence) : sizes(&evidence.sizes) {
    if (!evidence.exact.empty()) {
        make_view(evidence.exact, {});  // for its complaint, before they are parted
        parts = parts_by_base(evidence.exact);
        exact = view_against_mainline(parts.front().results);
    }
    if (!evidence.clock.empty()) clock = make_view(evidence.clock, {});
    for (const CheckResult& check : evidence.checks) {
        for (const CheckRow& row : check.rows)
            if (row.status != CheckRow::Status::skipped) rows.push_back(&row);
    }
}

const Contender* ClaimFacts::contender(const std::string& strategy) const {
    return exact ? find_contender(*exact, strategy) : nullptr;
}

std::vector<const CheckRow*> ClaimFacts::rows_of(const std::string& strategy, const Pattern& names) const {
    std::vector<const CheckRow*> found;
    for (const CheckRow* row : rows)
        if (row->strategy == strategy && names.matches(row->test)) found.push_back(row);
    return found;
}

std::string ClaimFacts::size_of(const std::string& strategy) const {
    for (const PatchSize& size : *sizes)
        if (size.strategy == strategy) return size.what;
    return "of a size not known here";
}

std::optional<Extra> extra_of(const View& view, const Contender* contender, const Row& row,
                              const Configuration& configuration) {
    if (!contender) return std::nullopt;
    Extra extra;
    extra.base = view.contenders.front().find(row, configuration);
    const std::optional<double> difference =
        median_difference(contender->find(row, configuration), extra.base, view.cost());
    const std::optional<double> of = percent(difference, extra.base, view.cost());
    if (!of) return std::nullopt;
    extra.count = *difference;
    extra.percent = *of;
    extra.told = exceeds_floor(view, row, configuration, configuration, *difference);
    return extra;
}

std::string percent_text(double percent) {
    return fmt::format("{:.{}f} %", percent, std::abs(percent) < 1 ? 2 : 1);
}

std::string saved_text(const Extra& extra) {
    return fmt::format("{} of {} instructions ({}{})", grouped(-extra.count),
                       grouped(find_metric(extra.base, metrics::kInstructions)->median),
                       percent_text(-extra.percent), extra.told ? "" : ", not above the floor");
}

std::string extra_text(const Extra& extra) {
    return fmt::format("{} instructions ({}{}) {} than mainline's {}", grouped(std::abs(extra.count)),
                       percent_text(std::abs(extra.percent)), extra.told ? "" : ", not above the floor",
                       extra.count < 0 ? "less" : "more",
                       grouped(find_metric(extra.base, metrics::kInstructions)->median));
}

std::string names_text(const std::vector<std::string>& names) {
    constexpr std::size_t kMostShown = 3;
    const std::size_t shown = std::min(names.size(), kMostShown);
    const std::vector<std::string> first(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown));
    const std::string text = fmt::format("{}", fmt::join(first, ", "));
    return shown == names.size() ? text : fmt::format("{} and {} more", text, names.size() - shown);
}

std::string share_of(std::size_t part, std::size_t all) {
    return fmt::format("{} of {}", part, all);
}

Judgement wanting(const std::string& what) {
    return {ClaimVerdict::not_measured, fmt::format("Not in these results: {}.", what)};
}

std::vector<Row> counted_rows(const View& view, ExecPath path, const Configuration& configuration) {
    std::vector<Row> rows;
    for (const Row& row : view.rows) {
        const CellResult* cell = view.contenders.front().find(row, configuration);
        if (row.path == path && find_metric(cell, view.cost())) rows.push_back(row);
    }
    return rows;
}

}  // namespace stackshift
