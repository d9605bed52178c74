// SPDX-License-Identifier: MIT
#include "page/page.h"

#include <fmt/format.h>

#include "page/sections.h"
#include "report/bases.h"
#include "report/choice.h"
#include "report/headline.h"
#include "report/revisions.h"
#include "run/version.h"
#include "util/error.h"

namespace stackshift {
namespace {

void append(std::vector<std::string>& lines, const std::vector<std::string>& more) {
    lines.insert(lines.end(), more.begin(), more.end());
}

void append(std::vector<Section>& sections, std::vector<Section> more) {
    for (Section& section : more) sections.push_back(std::move(section));
}

/// One exact result: a part for each base of kernels that it has.
void add_exact(Report& report, const Result& result, const ReportRequest& request, std::size_t number) {
    const std::vector<BasePart> parts = parts_by_base({result});
    std::vector<View> views;
    for (const BasePart& part : parts) views.push_back(make_view(part.results, {}));
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool several = parts.size() > 1 || request.inputs.exact.size() > 1;
        const std::string name =
            several ? fmt::format("Linux {}, run {}", parts[i].base, result.run.id) : std::string();
        append(report.answer, headline(views[i]));
        append(report.answer, choice(views[i], request.inputs.checks));
        append(report.sections, exact_sections(views[i], request.inputs.checks,
                                               fmt::format("exact{}-{}-", number, i + 1), name));
    }
    if (const std::vector<Table> tables = base_tables(parts, views); !tables.empty()) {
        Section section;
        section.id = fmt::format("exact{}-bases", number);
        section.title = "Lines of kernels beside each other";
        section.tables = tables;
        report.sections.push_back(std::move(section));
    }
    if (const std::string unported = unported_text({result}); !unported.empty())
        report.answer.push_back(unported.substr(0, unported.find_last_not_of('\n') + 1));
}

void add_clock(Report& report, const std::vector<Result>& results) {
    for (std::size_t i = 0; i < results.size(); ++i) {
        const std::vector<Result> one = {results[i]};
        const View view = make_view(one, {});
        append(report.answer, headline(view));
        report.sections.push_back(clock_section(view, fmt::format("clock{}-", i + 1),
                                                results.size() > 1 ? "run " + results[i].run.id : ""));
    }
    if (results.empty())
        report.sections.push_back(absent_section("times", "Times on a real machine", "./run.sh host"));
}

void add_checks(Report& report, const std::vector<CheckResult>& checks) {
    for (std::size_t i = 0; i < checks.size(); ++i)
        report.sections.push_back(check_section(checks[i], fmt::format("check{}-", i + 1),
                                                checks.size() > 1 ? "run " + checks[i].id : ""));
    if (checks.empty())
        report.sections.push_back(
            absent_section("checks", "What each strategy changes for programs", "./run.sh check"));
}

void add_claims(Report& report, const ReportRequest& request) {
    Evidence evidence = evidence_of(request.inputs);
    if (evidence.exact.empty() && evidence.clock.empty() && evidence.checks.empty()) return;
    evidence.sizes = request.sizes;
    report.sections.push_back(claims_section(judge_claims(evidence)));
}

/// The first result of the instrument of `before`.
const Result& after_of(const PageInputs& inputs, const Result& before) {
    const std::vector<Result>& results =
        before.run.instrument == Instrument::exact ? inputs.exact : inputs.clock;
    if (results.empty())
        throw Error(Exit::usage,
                    fmt::format("--before: run {} is {}, and no result given is: name the one that "
                                "came after it",
                                before.run.id, to_string(before.run.instrument)));
    return results.front();
}

}  // namespace

Evidence evidence_of(const PageInputs& inputs) {
    Evidence evidence;
    if (!inputs.exact.empty()) evidence.exact = {inputs.exact.front()};
    if (!inputs.clock.empty()) evidence.clock = {inputs.clock.front()};
    evidence.checks = inputs.checks;
    return evidence;
}

Report make_report(const ReportRequest& request) {
    const PageInputs& inputs = request.inputs;
    if (inputs.exact.empty() && inputs.clock.empty() && inputs.checks.empty() && !request.history)
        throw Error(Exit::usage, "a report needs a result: name a result.json, or make one first (lab)");
    Report report;
    report.title = "What moving the stack costs an exec";
    report.version = kVersion;
    Section strategies = strategies_section(inputs, request.about);
    if (!strategies.tables.empty()) report.sections.push_back(std::move(strategies));
    for (std::size_t i = 0; i < inputs.exact.size(); ++i) add_exact(report, inputs.exact[i], request, i + 1);
    if (inputs.exact.empty())
        report.sections.push_back(
            absent_section("costs", "What each strategy saves, and its price", "./run.sh lab"));
    add_clock(report, inputs.clock);
    add_checks(report, inputs.checks);
    add_claims(report, request);
    if (request.before) {
        report.sections.push_back(change_section(*request.before, after_of(inputs, *request.before)));
    } else {
        report.sections.push_back(
            absent_section("change", "Before and after", "./run.sh report AFTER --before BEFORE --out DIR"));
    }
    report.sections.push_back(
        request.history
            ? history_section(*request.history)
            : absent_section("history", "History", "./run.sh report RESULT --history FOLDER --out DIR"));
    report.sections.push_back(environment_section(inputs));
    return report;
}

}  // namespace stackshift
