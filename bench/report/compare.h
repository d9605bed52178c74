// SPDX-License-Identifier: MIT
// Results as text for people: at most 100 columns, plain ASCII. Made from results
// alone.
#pragma once

#include <string>
#include <vector>

#include "results/result.h"

namespace stackshift {

struct CompareOptions {
    std::string baseline;  ///< a strategy; empty: pristine where it is there, else the first kernel
    std::string filter;  ///< regular expression; only cells whose names contain a match are shown; empty: all
    bool events = false;  ///< the tables of events too, where they were asked for
    bool all = false;     ///< every table; else the headline and the table that it speaks of
};

/// One result or several as text. With `all`: what was run, then every table; what to know about bad cells
/// stands below the table that they belong to. Without: the headline in words, one small table, and a line
/// per reason why cells failed. Either ends with a newline, and says so in its last line where a cell failed
/// that no strategy declares. Throws Error{incomparable} naming the field and both values where results do
/// not belong into one table: another instrument; exact: another plan, guest image, seeds, command line,
/// emulator or options of it; clock: another CPU, guests beside the machine's own kernel, or
/// another kernel of the host that no strategy's name is known of. Throws Error{usage} for an unknown
/// baseline, a bad regex or one that no cell matches. `results` must not be empty (std::invalid_argument).
std::string compare_text(const std::vector<Result>& results, const CompareOptions& options);

/// The first lines of an exact result's headline, for a run that goes on: what moving the stack costs a
/// native exec.
std::string first_answer_text(const Result& result);

/// The answer of several runs of different instruments: their headlines first (at most ten lines for one
/// exact and one clock result), then a small table each, then why cells failed.
std::string answer_text(const std::vector<const Result*>& results, const CompareOptions& options);

}  // namespace stackshift
