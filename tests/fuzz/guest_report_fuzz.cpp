// SPDX-License-Identifier: MIT
// What a counting guest reports, of its /proc/vmstat among it. Its last line holds a checksum that no fuzzer
// guesses: the input is taken with one and without.
#include <cstdint>

#include "boot/outcome.h"
#include "fuzz/fuzz.h"
#include "guest/report.h"
#include "lab/assemble.h"
#include "matrix/plan.h"

using namespace stackshift;

namespace {

/// The lines with the one that closes them.
std::string closed(std::string_view text) {
    ReportLines lines;
    std::string whole;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        whole += lines.line(line);
    }
    return whole + lines.end();
}

/// Reads a report as the lab does, and makes a result's cells of it.
void assemble(const std::string& text) {
    static const Plan plan = [] {
        Plan two;
        for (const Cell& cell : {all_cells().front(), all_cells().back()}) two.cells.push_back({cell, 2});
        return two;
    }();
    BootEvidence evidence;
    evidence.report = text;
    const BootOutcome outcome = judge_lab_boot(evidence, "6.12.117 (a@b) #1", "mine");
    if (outcome.end != BootEnd::ok) return;
    assemble_cells("mine", plan, {&outcome.report}, {""});
    ++fuzz::accepted;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    assemble(text);
    assemble(closed(text));
    return 0;
}
