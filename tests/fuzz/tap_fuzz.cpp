// SPDX-License-Identifier: MIT
// What a conformance guest reports, and its rows.
#include <cstdint>

#include "check/check.h"
#include "check/tap.h"
#include "fuzz/fuzz.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    const TapReport report = parse_tap(text);
    fuzz::require(report.facts.whole == report.facts.problem.empty(),
                  "a report that is not whole has no fault");
    if (report.facts.whole) ++fuzz::accepted;
    BootEvidence evidence;
    evidence.report = text;
    rows_of_boot("mine", "serial", evidence, "6.12.117 (a@b) #1", "mine");
    return 0;
}
