// SPDX-License-Identifier: MIT
#include "boot/outcome.h"

namespace stackshift {

BootOutcome judge_lab_boot(const BootEvidence& evidence, const std::string& expected_version,
                           const std::string& expected_strategy) {
    BootOutcome outcome;
    outcome.report_text = evidence.report;
    outcome.seconds = evidence.seconds;
    outcome.first_cell_seconds = evidence.first_line_seconds;
    outcome.max_rss_mib = evidence.max_rss_mib;
    ReportFacts facts;
    const ReportState state = parse_report(evidence.report, outcome.report, facts.problem);
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
