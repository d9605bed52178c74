// SPDX-License-Identifier: MIT
// A report as data: sections of words, charts and tables. html.h makes a page of it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gate/history.h"
#include "page/figure.h"
#include "page/inputs.h"
#include "report/claims.h"
#include "report/table.h"

namespace stackshift {

/// A part of the page. What it has none of is not shown.
struct Section {
    std::string id;  ///< of its heading, for links within the page
    std::string title;
    std::vector<std::string> lines;  ///< in words; an indented line belongs to the one before
    std::vector<Table> tables;       ///< shown
    std::vector<Figure> figures;
    std::vector<Table> more;  ///< tables behind a heading that opens them
    std::vector<Note> notes;
    std::string command;  ///< what made it, or, where `absent` is set, what would
    bool absent = false;  ///< there is no result for it
};

struct Report {
    std::string title;
    std::vector<std::string> answer;  ///< the headline, in words
    std::vector<Section> sections;
    std::string version;  ///< of the suite that made it
};

/// What a report is made of.
struct ReportRequest {
    PageInputs inputs;
    std::optional<Result> before;  ///< what the first exact result is held against
    std::optional<HistoryReport> history;
    std::vector<PatchSize> sizes;              ///< of strategies, where their patches are at hand
    std::map<std::string, std::string> about;  ///< strategies in a line each, by name
};

/// What the thread's claims are judged by: the first result of each instrument, for a claim is about one
/// table of each, and every conformance run. Without the sizes of patches, which no result holds.
Evidence evidence_of(const PageInputs& inputs);

/// Sections in the order in which they are read; those without a result say what would make one. Throws
/// Error{usage} for no result at all, and as make_view() and judge() (of `before`) do.
Report make_report(const ReportRequest& request);

}  // namespace stackshift
