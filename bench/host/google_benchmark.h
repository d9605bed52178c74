// SPDX-License-Identifier: MIT
// Google Benchmark's command line and its output formats, for those whose tools read them. The library
// reports what has been measured; it measures nothing itself, for it cannot run cells in rounds whose order
// is seeded.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "matrix/plan.h"

namespace stackshift {

/// What the flags that a user gave ask for.
struct BenchmarkFlags {
    std::string filter;        ///< --benchmark_filter, without a leading '-'; empty: all cells
    bool inverted = false;     ///< it had one: the cells that do not match
    unsigned repetitions = 0;  ///< rounds; 0: as many as the time allows
    std::string format;  ///< of the document on stdout ("console", "json", "csv"); empty: none is wanted
    std::string out;     ///< file
    std::string out_format = "json";
    bool list = false;                ///< only show the cells' names
    std::vector<std::string> passed;  ///< left to the library: aggregates, units, colours, context

    /// Whether stdout belongs to a document that a program reads.
    bool machine_readable() const { return format == "json" || format == "csv"; }
    /// The cells of the plan that the filter takes. Throws Error{usage} where there is none.
    Plan select(const Plan& plan) const;
};

/// Throws Error{usage} for a flag that is unknown, malformed or cannot be honoured (with what to use
/// instead), and for a file that cannot be written, before anything is measured.
BenchmarkFlags parse_benchmark_flags(const std::vector<std::string>& args);

/// What was measured of one cell.
struct BenchmarkedCell {
    std::string name;
    std::vector<std::vector<double>> rounds;  ///< ns of each exec
    std::string failure;                      ///< why there are none
};

/// Writes the documents that the flags ask for: an entry per cell and round (a repetition in Google
/// Benchmark's words), whose iterations are execs and whose time is that of one exec, and its aggregates.
/// `context` is added to the documents'.
void write_benchmark_documents(const BenchmarkFlags& flags, const std::vector<BenchmarkedCell>& cells,
                               const std::map<std::string, std::string>& context);

}  // namespace stackshift
