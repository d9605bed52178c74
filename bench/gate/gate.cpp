// SPDX-License-Identifier: MIT
#include "gate/gate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "gate/compare_metric.h"
#include "gate/reduced.h"
#include "matrix/filter.h"
#include "report/comparable.h"
#include "results/metrics.h"
#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {
namespace {

using CellsByName = std::map<std::string, const CellResult*>;

CellsByName cells_of(const Result& result, const std::string& strategy) {
    CellsByName cells;
    for (const CellResult& cell : result.cells) {
        if (cell.strategy == strategy) cells[cell.cell.name()] = &cell;
    }
    return cells;
}

/// What stands against each other, and what has come of it.
class Judgement {
  public:
    Judgement(const Result& baseline, const Result& found, const GateRequest& request)
        : baseline_(baseline), found_(found), filter_("--filter", request.filter) {
        report_.instrument = baseline.run.instrument;
        const bool exact = report_.instrument == Instrument::exact;
        report_.rule = request.rule.value_or(exact ? GateRule::equal : GateRule::not_worse);
        report_.absolute_floor = request.absolute_floor.value_or(0);
        report_.relative_floor = request.relative_floor.value_or(exact ? 0 : kClockFloor);
        metrics_ = request.metrics.empty() ? default_metrics(report_.instrument) : request.metrics;
        if (!request.metrics.empty()) require_metrics();
    }

    void look_at(const KernelPair& pair) {
        const KernelInfo* expected = find_kernel(baseline_, pair.expected);
        const KernelInfo* other = find_kernel(found_, pair.found);
        const bool same_code = expected && other && !expected->image_sha256.empty() &&
                               expected->image_sha256 == other->image_sha256;
        const CellsByName cells = cells_of(found_, pair.found);
        ++report_.kernels;
        for (const CellResult& cell : baseline_.cells) {
            if (cell.strategy != pair.expected || !filter_.takes(cell.cell)) continue;
            ++report_.cells;
            const auto match = cells.find(cell.cell.name());
            if (match == cells.end()) {
                add(cell, "", Verdict::missing, "the result does not have this cell");
                continue;
            }
            ++common_;
            look_at_cell(cell, *match->second, same_code);
        }
    }

    void add_missing_kernel(const std::string& strategy) {
        for (const CellResult& cell : baseline_.cells) {
            if (cell.strategy != strategy || !filter_.takes(cell.cell)) continue;
            ++report_.cells;
            add(cell, "", Verdict::missing, "the result does not have this kernel");
        }
    }

    GateReport finish(const View& view) {
        require_common();
        for (const std::string& metric : metrics_) {
            std::vector<Comparison>& comparisons = comparisons_[metric];
            if (report_.instrument == Instrument::exact) {
                decide_counts(comparisons, view, report_);
            } else {
                decide_times(comparisons, report_);
            }
            for (const Comparison& comparison : comparisons) explain(comparison);
        }
        require_decided();
        for (Finding& finding : findings_) {
            finding.fails = fails(finding.verdict);
            report_.findings.push_back(std::move(finding));
        }
        return std::move(report_);
    }

    void note(const std::string& text) { report_.notes.push_back(text); }

  private:
    Finding& add(const CellResult& cell, const std::string& metric, Verdict verdict,
                 const std::string& reason) {
        Finding finding;
        finding.strategy = cell.strategy;
        finding.cell = cell.cell.name();
        finding.metric = metric;
        finding.verdict = verdict;
        finding.reason = reason;
        finding.rule = "every cell and metric of the baseline must be there";
        findings_.push_back(std::move(finding));
        return findings_.back();
    }

    void look_at_cell(const CellResult& expected, const CellResult& found, bool same_code) {
        if (expected.status != CellStatus::ok || found.status != CellStatus::ok) {
            look_at_status(expected, found);
            return;
        }
        for (const std::string& name : metrics_) {
            const auto metric = expected.metrics.find(name);
            if (metric == expected.metrics.end()) continue;
            const auto other = found.metrics.find(name);
            if (other == found.metrics.end()) {
                add(expected, name, Verdict::unavailable, reason_without(found, name));
                continue;
            }
            Finding& finding = add(expected, name, Verdict::same, "");
            comparisons_[name].push_back(
                {&expected, &found, &metric->second, &other->second, same_code, &finding});
        }
    }

    void look_at_status(const CellResult& expected, const CellResult& found) {
        Verdict verdict = Verdict::same;
        if (found.status == CellStatus::ok) {
            verdict = Verdict::recovered;
        } else if (found.status == CellStatus::failed &&
                   (expected.status != CellStatus::failed || (expected.expected && !found.expected))) {
            verdict = Verdict::failed;
        } else if (found.status == CellStatus::unavailable && expected.status != CellStatus::unavailable) {
            verdict = Verdict::unavailable;
        }
        const bool recovered = verdict == Verdict::recovered;
        add(expected, "", verdict, recovered ? expected.reason : found.reason).rule =
            "the baseline's cells that are ok must be ok";
    }

    static std::string reason_without(const CellResult& cell, const std::string& metric) {
        // A group of metrics has one reason: "phase".
        for (const std::string& name : {metric, metric.substr(0, metric.find('.'))}) {
            if (const auto reason = cell.unavailable.find(name); reason != cell.unavailable.end())
                return reason->second;
        }
        if (const auto reason = cell.unavailable.find("phase");
            metric == metrics::kStagingCost && reason != cell.unavailable.end())
            return reason->second;
        return "the result does not have this metric";
    }

    void explain(const Comparison& comparison) {
        Finding& finding = *comparison.finding;
        if (report_.instrument != Instrument::exact) return;
        if (finding.verdict == Verdict::same || finding.verdict == Verdict::undecided) return;
        if (finding.metric != metrics::kInstructions && finding.metric != metrics::kStagingCost) return;
        finding.part = most_moved(*comparison.expected_cell, *comparison.found_cell);
    }

    bool fails(Verdict verdict) const {
        switch (verdict) {
            case Verdict::same:
            case Verdict::within:
            case Verdict::undecided:
                return false;
            case Verdict::better:
            case Verdict::moved:
            case Verdict::recovered:
                return report_.rule == GateRule::equal;
            default:
                return true;
        }
    }

    void require_metrics() const {
        std::set<std::string> known;
        for (const CellResult& cell : baseline_.cells)
            for (const auto& [name, metric] : cell.metrics) known.insert(name);
        for (const std::string& name : metrics_) {
            if (!known.contains(name))
                throw Error(Exit::usage, unknown_name_message("metric of the baseline", name,
                                                              {known.begin(), known.end()}));
        }
    }

    void require_common() const {
        if (report_.cells == 0)
            throw Error(Exit::usage,
                        "the gate looks at no cell: --filter or --strategies leave none of the baseline's");
        if (common_ == 0) throw Error(Exit::incomparable, "cells: none of the baseline's is in the result");
    }

    /// A gate that can decide nothing must not pass.
    void require_decided() const {
        const auto is_undecided = [](const Finding& finding) {
            return finding.verdict == Verdict::undecided;
        };
        if (findings_.empty() ||
            !std::all_of(findings_.begin(), findings_.end(), [&](const Finding& finding) {
                return is_undecided(finding) || (finding.verdict == Verdict::same && finding.metric.empty());
            }))
            return;
        const auto first = std::find_if(findings_.begin(), findings_.end(), is_undecided);
        if (first == findings_.end()) return;
        const bool exact = report_.instrument == Instrument::exact;
        throw Error(Exit::incomparable,
                    fmt::format("{}: too few to decide anything: {} ({})", exact ? "run.seeds" : "rounds",
                                first->rule, exact ? "more: lab --seeds 3" : "more: host --time SECONDS"));
    }

    const Result& baseline_;
    const Result& found_;
    CellFilter filter_;
    GateReport report_;
    std::vector<std::string> metrics_;
    std::deque<Finding> findings_;  // a deque: comparisons point into it
    std::map<std::string, std::vector<Comparison>> comparisons_;
    std::size_t common_ = 0;
};

/// The result without the kernels that the baseline has, too: their seeds would count twice in a pool.
Result without_known_images(const Result& found, const Result& baseline) {
    std::set<std::string> images;
    for (const KernelInfo& kernel : baseline.kernels) images.insert(kernel.image_sha256);
    Result rest;
    rest.run = found.run;
    rest.environment = found.environment;
    for (const KernelInfo& kernel : found.kernels) {
        if (kernel.image_sha256.empty() || !images.contains(kernel.image_sha256))
            rest.kernels.push_back(kernel);
    }
    for (const CellResult& cell : found.cells) {
        if (find_kernel(rest, cell.strategy) || !find_kernel(found, cell.strategy))
            rest.cells.push_back(cell);
    }
    return rest;
}

/// What is known to move times and is not the kernel's: a difference there is said, not refused.
std::vector<std::string> setting_notes(const Result& baseline, const Result& found) {
    std::vector<std::string> notes;
    for (const char* key : {"host_kernel", "kernel_cmdline", "aslr_sysctl", "thp", "governor"}) {
        const std::string a = environment_text(baseline, key);
        const std::string b = environment_text(found, key);
        if (a != b)
            notes.push_back(fmt::format("{} was \"{}\" and is \"{}\": times may differ for that", key, a, b));
    }
    const auto mitigations = [](const Result& result) {
        const auto at = result.environment.find("mitigations");
        return at == result.environment.end() ? nlohmann::ordered_json() : *at;
    };
    if (mitigations(baseline) != mitigations(found))
        notes.push_back("the CPU's mitigations are not the same: times may differ for that");
    return notes;
}

GateReport judge_reduced(const Result& baseline, const Result& found, const GateRequest& request) {
    const Pairing pairing = pair_kernels(baseline, found, request.pairing);
    require_same_setting(baseline, found, pairing.pairs);
    Judgement judgement(baseline, found, request);
    if (!pairing.extra.empty())
        judgement.note(fmt::format("kernels of the result that nothing is held against: {}",
                                   fmt::join(pairing.extra, ", ")));
    for (const KernelPair& pair : pairing.pairs) judgement.look_at(pair);
    for (const std::string& strategy : pairing.missing) judgement.add_missing_kernel(strategy);
    if (baseline.run.instrument == Instrument::clock) {
        for (const std::string& note : setting_notes(baseline, found)) judgement.note(note);
        return judgement.finish({});
    }
    const std::vector<Result> pool = {baseline, without_known_images(found, baseline)};
    return judgement.finish(make_view(pool, {}));
}

}  // namespace

bool GateReport::fails() const {
    return std::any_of(findings.begin(), findings.end(),
                       [](const Finding& finding) { return finding.fails; });
}

std::vector<std::string> default_metrics(Instrument instrument) {
    if (instrument == Instrument::clock) return {metrics::kTime};
    return {metrics::kInstructions, metrics::kStagingCost, metrics::kFlushAll, metrics::kFlushOne,
            metrics::kPageFaults};
}

GateReport judge(const Result& baseline, const Result& found, const GateRequest& request) {
    return judge_reduced(summaries_of(baseline), summaries_of(found), request);
}

}  // namespace stackshift
