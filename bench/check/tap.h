// SPDX-License-Identifier: MIT
// Reads what a conformance guest (conform/tap.h) reports: TAP 14 and a few facts in comments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "boot/verdict.h"

namespace stackshift {

/// One line of a guest's report.
struct TapTest {
    enum class Status { ok, failed, skipped };
    std::string name;
    Status status = Status::failed;
    std::string seen;  ///< what was seen; why it was skipped
};

struct TapReport {
    ReportFacts facts;
    std::vector<TapTest> tests;
    std::string group;  ///< the group that was begun last: where a guest that died was
};

/// Reads a report. It is whole where its tests are numbered 1 to N, no name occurs twice and the plan "1..N",
/// N > 0, is the last line; facts.problem says what is wrong otherwise, and the tests up to there are
/// returned.
TapReport parse_tap(std::string_view text);

}  // namespace stackshift
