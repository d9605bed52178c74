// SPDX-License-Identifier: MIT
// The charts, each the answer to one question. Each function gives a figure, or nothing where its question
// does not arise. `id` begins the figures' ids: a page may have the same chart of several results.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gate/history.h"
#include "page/figure.h"
#include "report/view.h"

namespace stackshift {

/// Exact: what each contender's exec costs, by pages of long strings in argv: the difference from the
/// baseline, or the count itself. Controls: path, configuration, metric, show (percent, linear, log), shown.
std::optional<Figure> cost_figure(const View& view, const std::string& id);

/// Exact: the difference from the baseline of all other cells: other strings, places and exec paths.
/// Controls: configuration, metric, shown.
std::optional<Figure> other_figure(const View& view, const std::string& id);

/// Exact: the phases of a self-exec, stacked, of each contender that has them. Controls: configuration,
/// pages.
std::optional<Figure> phase_figure(const View& view, const std::string& id);

/// Exact: TLB flushes, counted and foretold (report/flush_model.h). Controls: configuration, kind, shown.
std::optional<Figure> flush_figure(const View& view, const std::string& id);

/// Clock: the time of an exec by pages, with intervals, for each ABI with and without ASLR. Controls: show
/// (linear, log).
std::optional<Figure> time_figure(const View& view, const std::string& id);

/// Clock: what ASLR adds to an exec's time, which is the move for the most part, by pages.
std::optional<Figure> aslr_figure(const View& view, const std::string& id);

/// What became of each cell between two results of the same kernels: `views` of the one before and of the one
/// after. Controls: configuration, shown.
std::optional<Figure> change_figure(const View& before, const View& after, const std::string& id);

/// A history of results: a cell's value from run to run, its steps marked. Controls: cell.
std::optional<Figure> history_figure(const HistoryReport& history, const std::string& id);

}  // namespace stackshift
