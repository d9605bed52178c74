// SPDX-License-Identifier: MIT
#include "gate/gate_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "report/text_table.h"
#include "results/json.h"
#include "results/metrics.h"

namespace stackshift {
namespace {

constexpr std::size_t kMostFindings = 20;

/// Whole numbers as such, others to four digits: counts are mostly whole, medians may end in .5.
std::string number(double value) {
    const double rounded = std::round(value * 1e4) / 1e4;
    return samples_text({rounded == 0 ? 0 : rounded})
        .substr(1, samples_text({rounded == 0 ? 0 : rounded}).size() - 2);
}

std::string signed_number(double value) {
    return (value >= 0 ? "+" : "") + number(value);
}

std::string percent_of(double change, double expected) {
    if (expected == 0) return "";
    const double percent = 100 * change / expected;
    return std::abs(percent) < 1 ? fmt::format(", {:+.2f} %", percent) : fmt::format(", {:+.1f} %", percent);
}

std::string floors_text(const GateReport& report, const Finding& finding) {
    return fmt::format(
        "floors {} and {} % (here {}{})", number(report.absolute_floor), number(report.relative_floor),
        number(finding.allowed),
        finding.draws ? fmt::format("; draws alone {} in 95 of 100", number(*finding.draws)) : "");
}

/// A reader who subtracts must get the same number, so of times, whose rounds are compared in pairs, there is
/// none.
std::string measured_line(const Finding& finding) {
    if (!finding.rounds) {
        return fmt::format("expected {}, found {} {}: {}{}, {}", number(finding.expected),
                           number(finding.found), finding.unit, signed_number(finding.change),
                           percent_of(finding.change, finding.expected), word_of(finding.verdict));
    }
    std::string text = fmt::format("expected {:.0f}, found {:.0f} {}; round by round{}", finding.expected,
                                   finding.found, finding.unit, percent_of(finding.change, finding.expected));
    if (finding.percent) {
        text += fmt::format(" ({:+.2f} .. {:+.2f} %, an interval of {:.1f} %)", finding.percent->low,
                            finding.percent->high, 100 * finding.percent->coverage);
    }
    return text + ", " + word_of(finding.verdict);
}

std::string finding_text(const GateReport& report, const Finding& finding) {
    std::string text = wrapped("", fmt::format("{}  {}", finding.strategy, finding.cell), 2);
    const auto add = [&](const std::string& lead, const std::string& words) {
        text += wrapped("  " + lead + ": ", words, 6);
    };
    if (!finding.reason.empty()) {
        add(finding.metric.empty() ? "cell" : finding.metric,
            fmt::format("{}: {}", word_of(finding.verdict), finding.reason));
        add("rule", finding.rule);
        return text;
    }
    add(finding.metric, measured_line(finding));
    add("rule", finding.rule + "; " + floors_text(report, finding));
    if (finding.part) {
        add("moved most", fmt::format("{}, {} to {} ({})", finding.part->metric,
                                      number(finding.part->expected), number(finding.part->found),
                                      signed_number(finding.part->found - finding.part->expected)));
    }
    return text;
}

using Choice = std::function<bool(const Finding&)>;

std::size_t count_of(const GateReport& report, const Choice& choice) {
    return static_cast<std::size_t>(std::count_if(report.findings.begin(), report.findings.end(), choice));
}

std::size_t cells_of(const GateReport& report, const Choice& choice) {
    std::set<std::pair<std::string, std::string>> cells;
    for (const Finding& finding : report.findings) {
        if (choice(finding)) cells.insert({finding.strategy, finding.cell});
    }
    return cells.size();
}

Choice is(Verdict verdict) {
    return [verdict](const Finding& finding) { return finding.verdict == verdict; };
}

bool fails(const Finding& finding) {
    return finding.fails;
}

bool passing_change(const Finding& finding) {
    return !finding.fails && (finding.verdict == Verdict::better || finding.verdict == Verdict::moved ||
                              finding.verdict == Verdict::recovered);
}

/// "2 worse, 1 better".
std::string verdict_counts(const GateReport& report, const Choice& choice) {
    std::string text;
    for (const Verdict verdict : {Verdict::failed, Verdict::missing, Verdict::unavailable, Verdict::worse,
                                  Verdict::better, Verdict::moved, Verdict::recovered}) {
        const std::size_t cells = cells_of(
            report, [&](const Finding& finding) { return finding.verdict == verdict && choice(finding); });
        if (cells > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", cells, word_of(verdict));
    }
    return text;
}

bool is_measured(const Finding& finding) {
    return finding.reason.empty() && !finding.metric.empty();
}

/// Of the failing findings the one that a reader wants first: the largest change, in percent, of the cost.
const Finding* worst(const GateReport& report) {
    const std::string cost = report.instrument == Instrument::exact ? metrics::kInstructions : metrics::kTime;
    const auto rank = [&](const Finding& finding) {
        const double percent = finding.expected == 0 ? 0 : std::abs(finding.change / finding.expected);
        return std::pair(finding.metric == cost, percent);
    };
    const Finding* most = nullptr;
    for (const Finding& finding : report.findings) {
        if (!finding.fails || !is_measured(finding)) continue;
        if (!most || rank(finding) > rank(*most)) most = &finding;
    }
    return most;
}

std::string answer(const GateReport& report) {
    const std::string of = fmt::format("{} cell{} of {} kernel{}", report.cells, report.cells == 1 ? "" : "s",
                                       report.kernels, report.kernels == 1 ? "" : "s");
    const std::size_t within = cells_of(report, is(Verdict::within));
    if (!report.fails()) {
        std::string text = fmt::format("PASS: {} are as in the baseline", of);
        if (within == 0 && report.instrument == Instrument::exact && count_of(report, passing_change) == 0 &&
            count_of(report, is(Verdict::undecided)) == 0)
            return text + ", to the instruction.";
        if (within > 0) text += fmt::format("; {} differ by no more than chance or the floors allow", within);
        if (const std::string counts = verdict_counts(report, passing_change); !counts.empty())
            text += fmt::format("; {} (allowed by the rule {})", counts, to_string(report.rule));
        return text + '.';
    }
    std::string text = fmt::format("FAIL: {} of {} are not as in the baseline: {}.", cells_of(report, fails),
                                   of, verdict_counts(report, fails));
    if (const Finding* most = worst(report)) {
        text += fmt::format(
            " Most: {} {}, {} {}{}{}.", most->strategy, most->cell, signed_number(most->change), most->metric,
            percent_of(most->change, most->expected), most->part ? ", in " + most->part->metric : "");
    }
    return text;
}

/// The failing ones of a kernel that is missing whole are one line.
std::string missing_kernels(const GateReport& report, std::set<std::string>& named) {
    std::map<std::string, std::size_t> cells;
    for (const Finding& finding : report.findings) {
        if (finding.reason == "the result does not have this kernel") ++cells[finding.strategy];
    }
    std::string text;
    for (const auto& [strategy, count] : cells) {
        named.insert(strategy);
        text += wrapped(
            "",
            fmt::format("{}: missing: the result does not have this kernel, of which the baseline has "
                        "{} cells (--strategies A,B holds only these against it)",
                        strategy, count),
            2);
    }
    return text;
}

std::string list(const GateReport& report, const std::string& title, const Choice& choice, bool all) {
    std::vector<const Finding*> chosen;
    for (const Finding& finding : report.findings) {
        if (choice(finding)) chosen.push_back(&finding);
    }
    if (chosen.empty()) return "";
    std::string text = "\n" + title + "\n";
    const std::size_t shown = all ? chosen.size() : std::min(kMostFindings, chosen.size());
    for (std::size_t i = 0; i < shown; ++i) text += finding_text(report, *chosen[i]);
    if (shown < chosen.size()) text += fmt::format("and {} more: --all shows them\n", chosen.size() - shown);
    return text;
}

/// Clock: what this gate could have found at all.
std::string power_text(const GateReport& report) {
    std::vector<double> detectable;
    std::size_t blind = 0;
    std::size_t rounds = 0;
    std::size_t more = 0;
    for (const Finding& finding : report.findings) {
        if (!finding.rounds) continue;
        rounds = std::max(rounds, *finding.rounds);
        if (finding.detectable) {
            detectable.push_back(*finding.detectable);
        } else {
            ++blind;
        }
        if (finding.rounds_wanted && *finding.rounds_wanted > *finding.rounds)
            more = std::max(more, *finding.rounds_wanted - *finding.rounds);
    }
    if (rounds == 0) return "";
    std::string text = fmt::format("Up to {} rounds of both.", rounds);
    if (!detectable.empty()) {
        text += fmt::format(
            " Found 8 times of 10 is a change of {:.2f} % in the middle cell, of {:.2f} % in the least "
            "certain one.",
            median(detectable), *std::max_element(detectable.begin(), detectable.end()));
    }
    if (blind > 0) text += fmt::format(" In {} cells no change can be found with so few rounds.", blind);
    if (more > 0) {
        text += fmt::format(" About {} more rounds would find {} % in every cell (host --time SECONDS).",
                            more, number(kWantedPrecision));
    }
    return "\n" + wrapped("", text, 0);
}

}  // namespace

const char* word_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::worse:
            return "worse";
        case Verdict::better:
            return "better";
        case Verdict::moved:
            return "changed";
        case Verdict::within:
            return "within";
        case Verdict::undecided:
            return "undecided";
        case Verdict::recovered:
            return "is ok now";
        case Verdict::missing:
            return "missing";
        case Verdict::unavailable:
            return "unavailable";
        case Verdict::failed:
            return "failed";
        case Verdict::same:
            break;
    }
    return "same";
}

std::string gate_text(const GateReport& report, bool all) {
    std::string text = wrapped("", answer(report), 2);
    for (const std::string& note : report.notes) text += wrapped("", "note: " + note, 2);
    std::set<std::string> whole;
    text += missing_kernels(report, whole);
    text += list(
        report, "Failing:",
        [&](const Finding& finding) { return finding.fails && !whole.contains(finding.strategy); }, all);
    text += list(report, "Passing changes:", passing_change, all);
    text += list(report, "Not decided:", is(Verdict::undecided), all);
    if (all) text += list(report, "Within chance or a floor:", is(Verdict::within), all);
    text += power_text(report);
    if (report.fails()) {
        text += "\n" +
                wrapped("",
                        "Where this is wanted: gate --update --reason WHY with the same arguments makes it "
                        "the baseline.",
                        0);
    }
    for (char& c : text) {
        if (c != '\n' && (c < ' ' || c > '~')) c = '?';  // names and reasons come from files
    }
    return text;
}

}  // namespace stackshift
