// SPDX-License-Identifier: MIT
// What stands in one place of a table.
#pragma once

#include <optional>
#include <string>

#include "results/result.h"

namespace stackshift {

/// "." no such cell or metric, "FAIL", "n/a" (unavailable), or empty where there is something to show.
std::string missing_entry(const CellResult* cell, const Metric* metric);

/// The median, rounded to a whole number, or why there is none.
std::string median_entry(const CellResult* cell, const std::string& metric);

/// The mean, with two decimals under 100 and one above: for counts an exec, whose median would hide that one
/// exec in sixteen differs.
std::string mean_entry(const CellResult* cell, const std::string& metric);

/// Median of `a` minus median of `b`, or nothing where one is missing. Of the rounded medians, as they are
/// shown: a reader who subtracts must get the same number (medians of an even number of execs often end in
/// .5).
std::optional<double> median_difference(const CellResult* a, const CellResult* b, const std::string& metric);

/// A whole number for a sentence: "12345678.4" as "12,345,678".
std::string grouped(double value);

std::string difference_entry(std::optional<double> difference);  ///< "+7345", "-10", "0" or "."

/// What a difference is of the base's median, in percent; nothing where something is missing or the base is
/// 0.
std::optional<double> percent(std::optional<double> difference, const CellResult* base,
                              const std::string& metric);

/// "+17.5%", with two decimals under one percent; "." where something is missing or the base is 0.
std::string percent_entry(std::optional<double> difference, const CellResult* base,
                          const std::string& metric);

/// The same with "~" for the sign where the difference may be nobody's doing: "+0.04~". As wide as without,
/// so that tables are.
std::string doubtful(std::string percent);

}  // namespace stackshift
