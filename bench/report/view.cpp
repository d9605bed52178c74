// SPDX-License-Identifier: MIT
#include "report/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <tuple>

#include "matrix/filter.h"
#include "report/comparable.h"
#include "run/environment.h"
#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {
namespace {

/// Strategies of a result in the order of its kernels; a cell whose kernel is not described counts as well.
std::vector<std::string> strategies_of(const Result& result) {
    std::vector<std::string> names;
    const auto add = [&](const std::string& name) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    for (const KernelInfo& kernel : result.kernels) add(kernel.strategy);
    for (const CellResult& cell : result.cells) add(cell.strategy);
    return names;
}

std::string tail(const std::string& text, std::size_t length) {
    return text.size() <= length ? text : text.substr(text.size() - length);
}

/// The shortest ends of the runs' ids that tell them apart; numbers where the ids are the same.
std::vector<std::string> run_suffixes(const std::vector<Result>& results) {
    std::size_t longest = 0;
    for (const Result& result : results) longest = std::max(longest, result.run.id.size());
    for (std::size_t length = 4; length <= std::max<std::size_t>(longest, 4); ++length) {
        std::vector<std::string> suffixes;
        std::set<std::string> distinct;
        for (const Result& result : results) {
            suffixes.push_back(tail(result.run.id, length));
            distinct.insert(suffixes.back());
        }
        if (distinct.size() == results.size()) return suffixes;
    }
    std::vector<std::string> numbers;
    for (std::size_t i = 1; i <= results.size(); ++i) numbers.push_back(std::to_string(i));
    return numbers;
}

std::vector<Contender> all_contenders(const std::vector<Result>& results) {
    const std::vector<std::string> suffixes = run_suffixes(results);
    std::map<std::string, int> times;
    std::vector<Contender> contenders;
    std::vector<std::string> labels;
    for (std::size_t i = 0; i < results.size(); ++i) {
        for (const std::string& strategy : strategies_of(results[i])) {
            ++times[strategy];
            contenders.push_back({&results[i], strategy, strategy, {}});
            labels.push_back(strategy + '@' + suffixes[i]);
        }
    }
    for (std::size_t i = 0; i < contenders.size(); ++i) {
        if (times[contenders[i].strategy] > 1) contenders[i].label = labels[i];
    }
    return contenders;
}

/// Where the baseline stands among the contenders.
std::size_t baseline_index(const std::vector<Contender>& contenders, const std::string& wanted) {
    const std::string name = wanted.empty() ? "pristine" : wanted;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < contenders.size(); ++i) {
        if (contenders[i].strategy == name || contenders[i].label == name) return i;
        names.push_back(contenders[i].label);
    }
    if (!wanted.empty()) throw Error(Exit::usage, unknown_name_message("baseline", wanted, names));
    return 0;
}

/// Order of rows: as they are listed here, unknown ones last.
template <typename E>
std::size_t rank(E value, std::initializer_list<E> order) {
    return static_cast<std::size_t>(std::find(order.begin(), order.end(), value) - order.begin());
}

auto row_order(const Row& row) {
    return std::tuple(!row.long_argv(),
                      rank(row.shape, {Shape::typical, Shape::long_strings, Shape::short_strings}),
                      rank(row.place, {Place::argv, Place::env, Place::both}), row.pages);
}

void add_cell(View& view, Contender& contender, const CellResult& cell) {
    contender.cells[cell.cell.name()] = &cell;
    const Row row = {cell.cell.path, cell.cell.place, cell.cell.pages, cell.cell.shape};
    if (std::find(view.rows.begin(), view.rows.end(), row) == view.rows.end()) view.rows.push_back(row);
    if (std::find(view.paths.begin(), view.paths.end(), cell.cell.path) == view.paths.end()) {
        view.paths.push_back(cell.cell.path);
    }
}

}  // namespace

std::string Row::label() const {
    return fmt::format("{}:{}p/{}", to_string(place), pages, to_string(shape));
}

Cell Row::cell(const Configuration& configuration) const {
    return {path, configuration.abi, configuration.aslr, pages, shape, place};
}

const CellResult* Contender::find(const Row& row, const Configuration& configuration) const {
    const auto found = cells.find(row.cell(configuration).name());
    return found == cells.end() ? nullptr : found->second;
}

const KernelInfo* Contender::kernel() const {
    for (const KernelInfo& kernel : result->kernels) {
        if (kernel.strategy == strategy) return &kernel;
    }
    return nullptr;
}

std::vector<Row> Contender::present(const std::vector<Row>& rows) const {
    std::vector<Row> found;
    for (const Row& row : rows) {
        if (std::any_of(kConfigurations.begin(), kConfigurations.end(),
                        [&](const Configuration& configuration) { return find(row, configuration); })) {
            found.push_back(row);
        }
    }
    return found;
}

std::vector<Configuration> Contender::configurations(const std::vector<Row>& rows) const {
    std::vector<Configuration> found;
    for (const Configuration& configuration : kConfigurations) {
        if (std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return find(row, configuration); })) {
            found.push_back(configuration);
        }
    }
    return found;
}

std::vector<Row> View::rows_of(ExecPath path, bool long_argv) const {
    std::vector<Row> found;
    for (const Row& row : rows) {
        if (row.path == path && row.long_argv() == long_argv) found.push_back(row);
    }
    return found;
}

View make_view(const std::vector<Result>& results, const CompareOptions& options) {
    if (results.empty()) throw std::invalid_argument("comparison of no results");
    require_comparable(results);
    View view;
    view.instrument = results[0].run.instrument;
    view.paired = environment_text(results[0], kDraws) == kPairedDraws;
    view.contenders = all_contenders(results);
    if (view.contenders.empty()) throw Error(Exit::usage, "the results hold no kernel and no cell");
    const auto baseline = static_cast<std::ptrdiff_t>(baseline_index(view.contenders, options.baseline));
    std::rotate(view.contenders.begin(), view.contenders.begin() + baseline,
                view.contenders.begin() + baseline + 1);
    const CellFilter filter("--filter", options.filter);
    for (Contender& contender : view.contenders) {
        for (const CellResult& cell : contender.result->cells) {
            if (cell.strategy == contender.strategy && filter.takes(cell.cell)) {
                add_cell(view, contender, cell);
            }
        }
    }
    if (view.rows.empty() && !options.filter.empty()) {
        throw Error(Exit::usage,
                    fmt::format("--filter '{}' matches no cell of these results", options.filter));
    }
    std::stable_sort(view.rows.begin(), view.rows.end(),
                     [](const Row& a, const Row& b) { return row_order(a) < row_order(b); });
    return view;
}

const Metric* find_metric(const CellResult* cell, const std::string& name) {
    if (!cell || cell->status != CellStatus::ok) return nullptr;
    const auto found = cell->metrics.find(name);
    return found == cell->metrics.end() ? nullptr : &found->second;
}

std::optional<Interval> clock_interval(const Metric& metric) {
    constexpr std::size_t kEnoughRounds = 6;  // fewer have no 95 % interval
    if (metric.group_medians.size() >= kEnoughRounds) return median_interval(metric.group_medians);
    if (metric.samples.empty()) return std::nullopt;
    return median_interval(metric.samples);
}

bool told_apart(const View& view, const CellResult* a, const CellResult* b) {
    const Metric* of_a = find_metric(a, view.cost());
    const Metric* of_b = find_metric(b, view.cost());
    if (!of_a || !of_b) return false;
    const std::optional<Interval> one = clock_interval(*of_a);
    const std::optional<Interval> other = clock_interval(*of_b);
    return one && other && (one->low > other->high || other->low > one->high);
}

std::optional<double> half_width(const Metric& metric) {
    const std::optional<Interval> interval = clock_interval(metric);
    if (!interval) return std::nullopt;
    return (interval->high - interval->low) / 2;
}

}  // namespace stackshift
