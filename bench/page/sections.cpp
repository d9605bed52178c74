// SPDX-License-Identifier: MIT
#include "page/sections.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "gate/gate.h"
#include "gate/gate_text.h"
#include "page/figures.h"
#include "page/points.h"
#include "report/check_tables.h"
#include "report/comparable.h"
#include "report/headline.h"
#include "report/problems.h"
#include "report/tables.h"

namespace stackshift {
namespace {

// Of a comparison of two results: more are in the chart, and in what `gate --all` prints.
constexpr std::size_t kMostChanges = 40;

void add(std::vector<Table>& tables, const std::vector<Table>& more) {
    tables.insert(tables.end(), more.begin(), more.end());
}

void add(std::vector<Figure>& figures, std::optional<Figure> figure) {
    if (figure) figures.push_back(std::move(*figure));
}

std::string titled(const std::string& title, const std::string& name) {
    return name.empty() ? title : fmt::format("{} ({})", title, name);
}

std::vector<Table> all_cost_tables(const View& view) {
    std::vector<Table> tables = path_tables(view);
    for (const ExecPath path : view.paths) {
        add(tables, view.contenders.size() == 1 ? cost_tables(view, path) : contender_tables(view, path));
        add(tables, event_tables(view, path));
    }
    return tables;
}

Section cost_section(const View& view, const std::vector<CheckResult>& checks, const std::string& id,
                     const std::string& name) {
    Section section;
    section.id = id + "costs";
    section.title = titled("What each strategy saves, and its price", name);
    section.lines = {
        "Instructions of one exec, counted in an emulated machine: the same on every machine, and no time. A "
        "~ marks a "
        "difference that is not more than other stack addresses alone make of it. A minimal exec carries 0 "
        "pages of "
        "arguments and environment, a typical one what a login shell hands to a small command.",
        "A cell is one kind of exec: how it comes about, its ABI, with or without ASLR, and what it carries. "
        "relocate is "
        "mainline with the stamps that show where its instructions go; what it costs more is theirs, and in "
        "every other "
        "strategy too."};
    section.tables = price_tables(view, checks);
    if (section.tables.empty()) section.tables = headline_table(view);
    add(section.figures, cost_figure(view, id));
    add(section.figures, other_figure(view, id));
    section.notes = failure_reasons(view);
    section.more = all_cost_tables(view);
    section.command = command_of(*view.contenders.front().result);
    return section;
}

Section phase_section(const View& view, const std::string& id, const std::string& name) {
    Section section;
    section.id = id + "phase";
    section.title = titled("Where an exec's instructions go", name);
    add(section.figures, phase_figure(view, id));
    for (const ExecPath path : view.paths) add(section.more, phase_tables(view, path));
    section.command = command_of(*view.contenders.front().result);
    section.absent = section.figures.empty();
    if (section.absent) section.command = "./run.sh lab --strategies pristine,relocate,direct";
    return section;
}

Section flush_section(const View& view, const std::string& id, const std::string& name) {
    Section section;
    section.id = id + "flush";
    section.title = titled("TLB flushes", name);
    section.lines = {
        "A move of a live stack makes the CPU forget addresses that it had looked up. That costs time and "
        "next to no "
        "instructions."};
    add(section.figures, flush_figure(view, id));
    section.more = flush_model_tables(view);
    for (const ExecPath path : view.paths) add(section.more, flush_tables(view, path));
    section.command = command_of(*view.contenders.front().result);
    return section;
}

Entry number_entry(double value) {
    return {fmt::format("{:.10g}", std::round(value * 100) / 100), value};
}

bool is_change(const Finding& finding) {
    return finding.verdict != Verdict::same && finding.verdict != Verdict::within &&
           finding.verdict != Verdict::undecided;
}

double size_of(const Finding& finding) {
    // From or to a failure is as large as any.
    return finding.expected == 0 ? 1 : std::abs(finding.change / finding.expected);
}

Table change_table(const GateReport& report) {
    std::vector<Finding> changed;
    std::copy_if(report.findings.begin(), report.findings.end(), std::back_inserter(changed), is_change);
    std::stable_sort(changed.begin(), changed.end(),
                     [](const Finding& a, const Finding& b) { return size_of(a) > size_of(b); });
    Table table;
    table.title = fmt::format("The largest of {} changes", changed.size());
    table.columns = {{"kernel and cell", Table::Kind::name}};
    table.add_group("", {{"metric", Table::Kind::name}, {"before"}, {"after"}, {"change"}, {"%"}});
    table.add_group("", {{"verdict", Table::Kind::name}, {"rule", Table::Kind::name}});
    for (const Finding& finding : changed) {
        if (table.rows.size() == kMostChanges) break;
        table.rows.push_back(
            {finding.strategy + ' ' + finding.cell, finding.metric, number_entry(finding.expected),
             number_entry(finding.found), number_entry(finding.change),
             finding.expected == 0 ? Entry{"."}
                                   : Entry{fmt::format("{:+.2f}%", 100 * finding.change / finding.expected)},
             std::string(word_of(finding.verdict)), finding.reason.empty() ? finding.rule : finding.reason});
    }
    return table;
}

Table run_table(const std::vector<std::pair<std::string, std::string>>& fields, const std::string& title) {
    Table table;
    table.title = title;
    table.columns = {{"field", Table::Kind::name}};
    table.add_group("", {{"value", Table::Kind::name}});
    for (const auto& [name, value] : fields)
        if (!value.empty()) table.rows.push_back({name, value});
    return table;
}

Table run_table(const Result& result) {
    const RunInfo& run = result.run;
    std::vector<std::pair<std::string, std::string>> fields = {
        {"started", run.started},
        {"instrument", std::string(to_string(run.instrument))},
        {"profile", run.profile},
        {"suite", run.suite_version},
        {"command", command_of(result)},
        {"seeds", fmt::format("{}", fmt::join(run.seeds, ", "))},
        {"plan sha256", run.plan_sha256},
        {"guest sha256", run.guest_sha256},
        {"kernel command line", run.cmdline},
        {"emulator's options", fmt::format("{}", fmt::join(run.emulator_args, " "))}};
    for (const auto& [key, value] : result.environment.items())
        fields.emplace_back(key, value.is_string() ? value.get<std::string>() : value.dump());
    return run_table(fields, "Run " + run.id);
}

Table run_table(const CheckResult& check) {
    return run_table(
        {{"started", check.started},
         {"configuration", check.config},
         {"seed", std::to_string(check.seed)},
         {"guest sha256", check.guest_sha256},
         {"command", "./run.sh " + fmt::format("{}", fmt::join(check.argv.empty() ? check.argv.begin()
                                                                                  : check.argv.begin() + 1,
                                                               check.argv.end(), " "))}},
        "Conformance run " + check.id);
}

Table kernel_table(const std::vector<KernelInfo>& kernels, const std::string& run) {
    Table table;
    table.title = "Kernels of " + run;
    table.columns = {{"kernel", Table::Kind::name}};
    table.add_group("", {{"Linux", Table::Kind::name},
                         {"patches"},
                         {"compiler", Table::Kind::name},
                         {"image sha256", Table::Kind::name},
                         {"configuration", Table::Kind::name},
                         {"configuration sha256", Table::Kind::name}});
    for (const KernelInfo& kernel : kernels)
        table.rows.push_back({kernel.strategy, kernel.base, std::to_string(kernel.patches.size()),
                              kernel.compiler, kernel.image_sha256, kernel.config, kernel.config_sha256});
    return table;
}

Table patch_table(const std::vector<KernelInfo>& kernels, const std::string& run) {
    Table table;
    table.title = "Patches of " + run;
    table.columns = {{"patch", Table::Kind::name}};
    table.add_group("", {{"sha256", Table::Kind::name}});
    for (const KernelInfo& kernel : kernels) {
        for (const PatchInfo& patch : kernel.patches) {
            const auto same = [&](const std::vector<Entry>& row) { return row[0].text == patch.file; };
            if (std::none_of(table.rows.begin(), table.rows.end(), same))
                table.rows.push_back({patch.file, patch.sha256});
        }
    }
    return table;
}

}  // namespace

std::vector<Section> exact_sections(const View& view, const std::vector<CheckResult>& checks,
                                    const std::string& id, const std::string& name) {
    return {cost_section(view, checks, id, name), phase_section(view, id, name),
            flush_section(view, id, name)};
}

Section clock_section(const View& view, const std::string& id, const std::string& name) {
    Section section;
    section.id = id + "times";
    section.title = titled("Times on a real machine", name);
    const Result& result = *view.contenders.front().result;
    section.lines = {fmt::format("{}, Linux {}. These are times of that machine: another shows others.",
                                 environment_text(result, "cpu"), environment_text(result, "host_kernel"))};
    section.tables = headline_table(view);
    add(section.figures, time_figure(view, id));
    add(section.figures, aslr_figure(view, id));
    section.notes = failure_reasons(view);
    section.more = all_cost_tables(view);
    for (const ExecPath path : view.paths) add(section.more, spread_tables(view, path));
    section.command = command_of(result);
    return section;
}

Section check_section(const CheckResult& check, const std::string& id, const std::string& name) {
    Section section;
    section.id = id + "checks";
    section.title = titled("What each strategy changes for programs", name);
    section.lines = {fmt::format(
        "{} tests were run in each kernel ({} configuration). A declared difference is one that the "
        "strategy's folder "
        "names with a reason; every other one is a failure.",
        check.groups.size() == 1 ? check.groups.front() : std::to_string(check.groups.size()) + " groups of",
        check.config)};
    section.tables = check_tables(check);
    section.command = "./run.sh check";
    return section;
}

Section change_section(const Result& before, const Result& after) {
    const GateReport report = judge(before, after, {});
    Section section;
    section.id = "change";
    section.title = "Before and after";
    section.lines = {fmt::format("Run {} ({}) before, run {} ({}) after, of the same kernels by name.",
                                 before.run.id, before.run.started, after.run.id, after.run.started)};
    section.lines.insert(section.lines.end(), report.notes.begin(), report.notes.end());
    const std::vector<Result> old = {before};
    const std::vector<Result> now = {after};
    add(section.figures, change_figure(make_view(old, {}), make_view(now, {}), "change-"));
    const Table table = change_table(report);
    if (table.rows.empty()) {
        section.lines.push_back("Nothing that was measured in both has changed.");
    } else {
        section.tables = {table};
    }
    section.command = "./run.sh gate --baseline BEFORE AFTER";
    return section;
}

Section history_section(const HistoryReport& history) {
    Section section;
    section.id = "history";
    section.title = "History";
    const auto stepped = std::count_if(history.series.begin(), history.series.end(),
                                       [](const HistorySeries& series) { return !series.steps.empty(); });
    section.lines = {fmt::format("{} runs from {} to {}: {} of {} cells stepped.", history.runs.size(),
                                 history.runs.front().started, history.runs.back().started, stepped,
                                 history.series.size())};
    section.lines.insert(section.lines.end(), history.notes.begin(), history.notes.end());
    add(section.figures, history_figure(history, "history-"));
    Table table;
    table.title = "Steps, the newest first";
    table.columns = {{"kernel and cell", Table::Kind::name}};
    table.add_group("", {{"run", Table::Kind::name},
                         {"before"},
                         {"after"},
                         {"rule", Table::Kind::name},
                         {"most in", Table::Kind::name}});
    std::vector<std::pair<std::size_t, std::vector<Entry>>> rows;
    for (const HistorySeries& series : history.series) {
        for (const HistoryStep& step : series.steps) {
            const std::size_t run = series.points[step.at].result;
            const auto value = [](const std::optional<double>& level) {
                return level ? number_entry(*level) : Entry{"FAIL"};
            };
            rows.push_back({run,
                            {series.name + ' ' + series.cell, history.runs[run].id, value(step.before),
                             value(step.after), step.rule, step.part}});
        }
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    for (auto& [run, row] : rows)
        if (table.rows.size() < kMostChanges) table.rows.push_back(std::move(row));
    if (!table.rows.empty()) section.tables = {table};
    section.command = "./run.sh gate --history DIR";
    return section;
}

Section claims_section(const std::vector<Claim>& claims) {
    Section section;
    section.id = "thread";
    section.title = "What was said in 2009, and what was measured";
    section.lines = {
        "Each claim of the thread \"[RFC][PATCHSET] mremap/mmap mess\" (linux-kernel, December 2009), with "
        "who said it, "
        "what the results of this page say, and by which rule."};
    Table table;
    table.title = "The thread's claims";
    table.columns = {{"claim", Table::Kind::name}};
    table.add_group("", {{"verdict", Table::Kind::name},
                         {"measured", Table::Kind::name},
                         {"rule, and what measures it", Table::Kind::name}});
    for (const Claim& claim : claims) {
        std::string said(claim.statement);
        if (!claim.quote.empty()) said += fmt::format(": \u201c{}\u201d", claim.quote);
        table.rows.push_back({fmt::format("{} ({})", said, to_string(claim.who)),
                              std::string(to_string(claim.verdict)), claim.measured,
                              fmt::format("{}. By {}", claim.rule, claim.command)});
    }
    section.tables = {table};
    return section;
}

Section strategies_section(const PageInputs& inputs, const std::map<std::string, std::string>& about) {
    Section section;
    section.id = "strategies";
    section.title = "The strategies";
    Table table;
    table.title = "Ways of placing an exec's arguments";
    table.columns = {{"strategy", Table::Kind::name}};
    table.add_group("", {{"what it does", Table::Kind::name}});
    const auto add_strategy = [&](const std::string& strategy) {
        const auto known = about.find(strategy);
        const auto same = [&](const std::vector<Entry>& row) { return row[0].text == strategy; };
        if (known != about.end() && std::none_of(table.rows.begin(), table.rows.end(), same))
            table.rows.push_back({strategy, known->second});
    };
    for (const Result& result : inputs.exact)
        for (const KernelInfo& kernel : result.kernels) add_strategy(kernel.strategy);
    for (const CheckResult& check : inputs.checks)
        for (const KernelInfo& kernel : check.kernels) add_strategy(kernel.strategy);
    if (!table.rows.empty()) section.tables = {table};
    return section;
}

Section environment_section(const PageInputs& inputs) {
    Section section;
    section.id = "environment";
    section.title = "Runs, kernels and hashes";
    const auto add_kernels = [&](const std::vector<KernelInfo>& kernels, const std::string& run) {
        for (const Table& table : {kernel_table(kernels, run), patch_table(kernels, run)})
            if (!table.rows.empty()) section.more.push_back(table);
    };
    for (const std::vector<Result>* results : {&inputs.exact, &inputs.clock}) {
        for (const Result& result : *results) {
            section.tables.push_back(run_table(result));
            add_kernels(result.kernels, "run " + result.run.id);
        }
    }
    for (const CheckResult& check : inputs.checks) {
        section.tables.push_back(run_table(check));
        add_kernels(check.kernels, "run " + check.id);
    }
    return section;
}

Section absent_section(const std::string& id, const std::string& title, const std::string& command) {
    Section section;
    section.id = id;
    section.title = title;
    section.command = command;
    section.absent = true;
    return section;
}

}  // namespace stackshift
