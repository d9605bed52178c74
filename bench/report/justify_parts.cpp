// SPDX-License-Identifier: MIT
#include "report/justify_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "matrix/plan.h"
#include "report/comparable.h"
#include "report/text_table.h"
#include "results/metrics.h"

namespace stackshift {
namespace {

using Status = CheckRow::Status;

std::string folded(const std::string& lead, const std::string& words, std::size_t indent) {
    return wrapped(lead, words, indent, kMessageWidth);
}

std::string item(const std::string& words) {
    return folded("- ", words, 2);
}

std::string fact(const std::string& name, const std::string& words) {
    constexpr std::size_t kNameWidth = 10;
    std::string lead = name;
    lead.resize(kNameWidth, ' ');
    return folded(lead, words, kNameWidth);
}

std::string kernel_text(const KernelInfo& kernel) {
    std::string text = kernel.strategy + ": ";
    if (!kernel.commit.empty())
        text += fmt::format("commit {} (\"{}\"), ", kernel.commit.substr(0, 12), kernel.subject);
    text += fmt::format("Linux {}, config {}, {} patch{}", kernel.base, kernel.config, kernel.patches.size(),
                        kernel.patches.size() == 1 ? "" : "es");
    if (!kernel.image_sha256.empty()) text += ", image " + kernel.image_sha256.substr(0, 12);
    return text;
}

bool is_of_revisions(const Result& result) {
    return std::any_of(result.kernels.begin(), result.kernels.end(),
                       [](const KernelInfo& kernel) { return !kernel.commit.empty(); });
}

/// The rows of one strategy in all check results.
std::vector<const CheckRow*> rows_of(const Justification& justification, const std::string& strategy) {
    std::vector<const CheckRow*> rows;
    for (const CheckResult& check : justification.checks) {
        for (const CheckRow& row : check.rows)
            if (row.strategy == strategy) rows.push_back(&row);
    }
    return rows;
}

std::size_t count_of(const std::vector<const CheckRow*>& rows, Status status) {
    return static_cast<std::size_t>(
        std::count_if(rows.begin(), rows.end(), [&](const CheckRow* row) { return row->status == status; }));
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

/// Deviations that have one reason are one change; the tests that see it are named, up to three.
std::string deviations(const std::vector<const CheckRow*>& rows) {
    std::vector<std::string> order;
    std::map<std::string, std::set<std::string>> tests;
    for (const CheckRow* row : rows) {
        if (row->status != Status::deviation) continue;
        if (!tests.contains(row->reason)) order.push_back(row->reason);
        tests[row->reason].insert(row->test);
    }
    constexpr std::size_t kMostNamed = 3;
    std::string text;
    for (const std::string& reason : order) {
        const std::set<std::string>& of_reason = tests[reason];
        std::vector<std::string> named(of_reason.begin(), of_reason.end());
        const std::size_t others = named.size() - std::min(named.size(), kMostNamed);
        named.resize(named.size() - others);
        text += item(fmt::format("{} ({}{})", reason, fmt::join(named, ", "),
                                 others == 0 ? "" : fmt::format(", {} more", others)));
    }
    return text;
}

std::string failures(const std::vector<const CheckRow*>& rows) {
    std::string text;
    for (const CheckRow* row : rows) {
        if (row->status != Status::failed) continue;
        text += item(fmt::format("FAILED: {}: {}{}{}", row->test, first_line(row->seen),
                                 row->seen.empty() ? "" : " -- ", row->reason));
    }
    return text;
}

/// A command that may be copied: what does not fit goes on after a backslash.
std::string command_lines(const std::string& command) {
    std::string lines = wrapped("  ", command, 6, kMessageWidth - 2);
    lines.pop_back();
    std::string text;
    for (const char c : lines) text += c == '\n' ? std::string(" \\\n") : std::string(1, c);
    return text + '\n';
}

std::string command_of_lab(const Justification& justification, const Result& exact) {
    std::string kernels = fmt::format("--strategies {}", fmt::join(justification.strategies, ","));
    if (is_of_revisions(exact)) {
        std::vector<std::string> commits;
        for (const KernelInfo& kernel : exact.kernels)
            commits.push_back(kernel.commit.empty() ? kernel.strategy : kernel.commit.substr(0, 12));
        kernels = fmt::format("--tree DIR --revisions {}", fmt::join(commits, ","));
    }
    return fmt::format("./run.sh lab {} --profile {} --seeds {}", kernels, exact.run.profile,
                       exact.run.seeds.size());
}

/// Metrics that nothing in the result has.
bool has_metric(const Result& result, std::string_view prefix) {
    return std::any_of(result.cells.begin(), result.cells.end(), [&](const CellResult& cell) {
        return std::any_of(cell.metrics.begin(), cell.metrics.end(),
                           [&](const auto& metric) { return metric.first.starts_with(prefix); });
    });
}

/// Why a kernel of the result has no phases; empty where it has.
std::string without_phases(const Result& exact, const std::string& strategy) {
    std::string why;
    for (const CellResult& cell : exact.cells) {
        if (cell.strategy != strategy || cell.cell.path != ExecPath::self_exec) continue;
        for (const auto& [name, metric] : cell.metrics)
            if (name.starts_with(metrics::kPhasePrefix)) return "";
        const auto found = cell.unavailable.find("phase");
        if (found != cell.unavailable.end()) why = found->second;
    }
    return why;
}

/// How many cells of the whole matrix were not in the run's plan, and which paths it did not have.
std::string unplanned(const Result& exact) {
    std::set<std::string> had;
    std::set<ExecPath> paths;
    for (const CellResult& cell : exact.cells) {
        had.insert(cell.cell.name());
        paths.insert(cell.cell.path);
    }
    std::size_t missing = 0;
    for (const Cell& cell : all_cells()) missing += had.contains(cell.name()) ? 0 : 1;
    if (missing == 0) return "";
    std::vector<std::string> without;
    for (const ExecPathInfo& info : kExecPaths)
        if (!paths.contains(info.path)) without.emplace_back(to_string(info.path));
    std::string text =
        fmt::format("{} cells of the matrix (this was profile {})", missing, exact.run.profile);
    if (!without.empty()) text += fmt::format(", among them all of {}", fmt::join(without, ", "));
    return text;
}

/// Configurations and strategies that no conformance run was given of.
std::string unchecked(const Justification& justification) {
    std::string text;
    // What they are compared with needs no result of its own.
    for (std::size_t i = 1; i < justification.strategies.size(); ++i) {
        const std::string& strategy = justification.strategies[i];
        if (rows_of(justification, strategy).empty())
            text += item(
                fmt::format("what {} changes for user space: no result of ./run.sh check has it", strategy));
    }
    for (const std::string& strategy : justification.strategies) {
        const std::size_t skipped = count_of(rows_of(justification, strategy), Status::skipped);
        if (skipped > 0) text += item(fmt::format("{} tests of check that {} skipped", skipped, strategy));
    }
    std::set<std::string> configs;
    for (const CheckResult& check : justification.checks) configs.insert(check.config);
    if (!configs.empty() && !configs.contains("debug"))
        text += item("conformance under KASAN, lockdep and allocation failures (check --config debug)");
    return text;
}

}  // namespace

std::string machine_of(const Result& result) {
    const bool clock = result.run.instrument == Instrument::clock;
    const std::string machine = environment_text(result, clock ? "cpu" : "emulator");
    return machine.empty() ? "an unnamed machine" : machine;
}

std::string measured_text(const Justification& justification, const Result& exact) {
    std::string text = "\nMeasured\n";
    text += fact("what",
                 "instructions of one execve(), from right before the system call to the new program's first "
                 "instruction; a count under emulation, not time");
    std::string name = "kernels";
    for (const KernelInfo& kernel : exact.kernels) {
        text += fact(name, kernel_text(kernel));
        name.clear();
    }
    if (!exact.kernels.empty()) text += fact("compiler", exact.kernels.front().compiler);
    text += fact("machine", machine_of(exact) + ", TCG, -icount shift=0");
    std::set<std::string> cells;
    std::set<ExecPath> paths;
    for (const CellResult& cell : exact.cells) {
        cells.insert(cell.cell.name());
        paths.insert(cell.cell.path);
    }
    std::vector<std::string_view> path_names;
    for (const ExecPath path : paths) path_names.push_back(to_string(path));
    text +=
        fact("cells", fmt::format("{} of {}; profile {}, {} seeds", cells.size(), fmt::join(path_names, ", "),
                                  exact.run.profile, exact.run.seeds.size()));
    text += fact("run", fmt::format("{}, stackshift {}", exact.run.started, exact.run.suite_version));
    if (justification.clock) {
        text += fact("time", fmt::format("{}, {}", justification.clock->run.started,
                                         machine_of(*justification.clock)));
    }
    return text;
}

std::string changes_text(const Justification& justification) {
    std::string text;
    for (const std::string& strategy : justification.strategies) {
        const std::vector<const CheckRow*> rows = rows_of(justification, strategy);
        if (rows.empty()) continue;
        std::set<std::string> configs;
        for (const CheckResult& check : justification.checks) {
            for (const CheckRow& row : check.rows)
                if (row.strategy == strategy) configs.insert(check.config);
        }
        text +=
            folded("",
                   fmt::format("{} (config {}): {} tests as mainline, {} not as mainline and declared, {} "
                               "failed, {} skipped.",
                               strategy, fmt::join(configs, ", "), count_of(rows, Status::ok),
                               count_of(rows, Status::deviation), count_of(rows, Status::failed),
                               count_of(rows, Status::skipped)),
                   0);
        text += failures(rows) + deviations(rows);
    }
    return text.empty() ? "" : "\nWhat changes for user space\n" + text;
}

std::string size_text(const Justification& justification) {
    if (justification.sizes.empty()) return "";
    std::string text = "\nSize of the change\n";
    for (const PatchSize& size : justification.sizes) {
        text += folded("", fmt::format("{}: {}", size.strategy, size.what), 2);
        for (const std::string& file : size.files) text += "  " + file + '\n';
    }
    return text;
}

std::string not_measured_text(const Justification& justification, const Result& exact) {
    std::string text = "\nNot measured\n";
    if (!justification.clock) {
        text += item("time (no result of ./run.sh host)");
    } else {
        for (const std::string& strategy : justification.strategies) {
            const auto& kernels = justification.clock->kernels;
            if (std::none_of(kernels.begin(), kernels.end(),
                             [&](const KernelInfo& kernel) { return kernel.strategy == strategy; }))
                text += item(fmt::format("time of {}: the times are of the kernel that ran", strategy));
        }
    }
    for (const std::string& strategy : justification.strategies) {
        if (const std::string why = without_phases(exact, strategy); !why.empty())
            text += item(fmt::format("phases of {}: {}", strategy, why));
    }
    if (!has_metric(exact, "perf.")) text += item("perf events in the guests (lab --events)");
    if (const std::string cells = unplanned(exact); !cells.empty()) text += item(cells);
    text += unchecked(justification);
    text += item("caches, TLB misses, mitigations, PCID: the emulated machine has none of them");
    text += item("more than one CPU, and architectures other than x86-64 and i386 programs on it");
    return text;
}

std::string reproduce_text(const Justification& justification, const Result& exact) {
    std::string text = "\nReproduce\n" + command_lines(command_of_lab(justification, exact));
    for (const CheckResult& check : justification.checks) {
        std::vector<std::string> had;
        for (const std::string& strategy : justification.strategies) {
            const auto is_of = [&](const CheckRow& row) { return row.strategy == strategy; };
            if (std::any_of(check.rows.begin(), check.rows.end(), is_of)) had.push_back(strategy);
        }
        if (!had.empty() && !is_of_revisions(exact))
            text += command_lines(
                fmt::format("./run.sh check --strategies {} --config {}", fmt::join(had, ","), check.config));
    }
    if (justification.clock)
        text += command_lines("./run.sh host --profile " + justification.clock->run.profile);
    return text;
}

}  // namespace stackshift
