// SPDX-License-Identifier: MIT
#include "boot/outcome.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>

namespace stackshift {
namespace {

/// No guest of ours does so. What is made of a report takes the longer, the more of them there are.
bool has_chain_twice(const GuestReport& report) {
    std::set<std::array<std::uint64_t, 3>> seen;
    return !std::all_of(report.event_chains.begin(), report.event_chains.end(), [&](const auto& chain) {
        return seen.insert({chain.cell, chain.window, chain.group}).second;
    });
}

}  // namespace

BootOutcome judge_lab_boot(const BootEvidence& evidence, const std::string& expected_version,
                           const std::string& expected_strategy) {
    BootOutcome outcome;
    outcome.report_text = evidence.report;
    outcome.seconds = evidence.seconds;
    outcome.first_cell_seconds = evidence.first_line_seconds;
    outcome.max_rss_mib = evidence.max_rss_mib;
    ReportFacts facts;
    ReportState state = parse_report(evidence.report, outcome.report, facts.problem);
    if (state == ReportState::whole && has_chain_twice(outcome.report)) {
        state = ReportState::broken;
        facts.problem = "the report has one chain of events twice";
    }
    facts.whole = state == ReportState::whole;
    facts.error = state == ReportState::error;
    facts.release = outcome.report.release;
    facts.version = outcome.report.version;
    facts.strategy = outcome.report.strategy;
    const BootVerdict verdict = judge_boot(evidence, facts, expected_version, expected_strategy);
    outcome.end = verdict.end;
    outcome.message = verdict.message;
    return outcome;
}

}  // namespace stackshift
