// SPDX-License-Identifier: MIT
// Results put into order for tables: who contends, which rows there are, what was read where.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "report/compare.h"
#include "results/metrics.h"
#include "results/result.h"
#include "stats/stats.h"

namespace stackshift {

/// ABI x ASLR: what the columns of most tables are.
struct Configuration {
    Abi abi;
    Aslr aslr;
    const char* title;
};
inline constexpr std::array<Configuration, 4> kConfigurations = {{{Abi::native, Aslr::on, "native ASLR"},
                                                                  {Abi::native, Aslr::off, "native no ASLR"},
                                                                  {Abi::i386, Aslr::on, "i386 ASLR"},
                                                                  {Abi::i386, Aslr::off, "i386 no ASLR"}}};

/// What a cell is beside its configuration.
struct Row {
    ExecPath path = ExecPath::self_exec;
    Place place = Place::argv;
    int pages = 0;
    Shape shape = Shape::long_strings;

    bool operator==(const Row&) const = default;
    /// The rows that the main tables show by pages.
    bool long_argv() const { return place == Place::argv && shape == Shape::long_strings; }
    std::string label() const;  ///< "argv:8p/short"
    Cell cell(const Configuration& configuration) const;
};

/// One strategy of one result.
struct Contender {
    const Result* result = nullptr;
    std::string strategy;
    std::string label;  ///< the strategy, with the end of the run's id where two results have it
    std::map<std::string, const CellResult*> cells;  ///< by name, as far as the filter lets them through

    const CellResult* find(const Row& row, const Configuration& configuration) const;
    const KernelInfo* kernel() const;
    /// Those of `rows` and of the configurations in which this contender has any cell at all.
    std::vector<Row> present(const std::vector<Row>& rows) const;
    std::vector<Configuration> configurations(const std::vector<Row>& rows) const;
};

struct View {
    Instrument instrument = Instrument::exact;
    bool paired = false;                ///< the same exec draws the same addresses in every kernel
    std::vector<Contender> contenders;  ///< the baseline first
    std::vector<ExecPath> paths;        ///< in order of appearance
    std::vector<Row> rows;              ///< long argv by pages first, then the rest by shape and place

    bool clock() const { return instrument == Instrument::clock; }
    /// The metric that the main tables show.
    std::string cost() const { return clock() ? metrics::kTime : metrics::kInstructions; }
    std::vector<Row> rows_of(ExecPath path, bool long_argv) const;
};

/// Throws as compare_text() does. The view points into `results`.
View make_view(const std::vector<Result>& results, const CompareOptions& options);

/// The metric of a cell that is there and fine, or null.
const Metric* find_metric(const CellResult* cell, const std::string& name);

/// 95 % sign-test interval of a clock metric's median. From the medians of the rounds where there are six or
/// more (samples of one round share its disturbances, so they are not independent), else from the samples.
std::optional<Interval> clock_interval(const Metric& metric);

/// Whether the intervals of two clock medians lie apart; false where one is unknown.
bool told_apart(const View& view, const CellResult* a, const CellResult* b);

/// How sure a clock median is: half the width of its 95 % interval, in the metric's unit.
std::optional<double> half_width(const Metric& metric);

}  // namespace stackshift
