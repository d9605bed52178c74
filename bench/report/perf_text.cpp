// SPDX-License-Identifier: MIT
#include "report/perf_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "report/text_table.h"

namespace stackshift {
namespace {

constexpr size_t kFunctions = 4;
constexpr double kLeastShare = 0.001;

double share(std::uint64_t part, std::uint64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
}

/// Half the 95 % interval of a share p of n samples: 1.96 standard errors of a binomial.
double uncertainty(double p, std::uint64_t n) {
    return 1.96 * std::sqrt(p * (1 - p) / static_cast<double>(n));
}

std::string functions_of(const PhaseSamples& phase, std::uint64_t in_exec) {
    std::vector<std::pair<std::string, std::uint64_t>> functions(phase.functions.begin(),
                                                                 phase.functions.end());
    std::stable_sort(functions.begin(), functions.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    functions.resize(std::min(functions.size(), kFunctions));
    std::vector<std::string> texts;
    for (const auto& [name, samples] : functions) {
        if (share(samples, in_exec) < kLeastShare) continue;
        texts.push_back(fmt::format("{} {:.1f}%", name, 100 * share(samples, in_exec)));
    }
    return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

std::string perf_text(const PerfRecording& recording) {
    std::string text;
    for (const RecordedCell& cell : recording.cells) {
        text += fmt::format("\n{}", cell.cell);
        if (!cell.failure.empty()) {
            text += fmt::format(": {}\n", cell.failure);
            continue;
        }
        const ExecSamples& samples = cell.samples;
        text += fmt::format(": {} samples in {} execs ({} outside of execve)\n\n", samples.in_exec,
                            cell.execs, samples.all - samples.in_exec);
        text += fmt::format("{:<10} {:>6} {:>5}  {}\n", "phase", "share", "+-", "most of it in");
        for (const auto& [phase, part] : samples.phases) {
            const double p = share(part.samples, samples.in_exec);
            const std::string lead = fmt::format("{:<10} {:>5.1f}% {:>5.1f}  ", to_string(phase), 100 * p,
                                                 100 * uncertainty(p, samples.in_exec));
            text += wrapped(lead, functions_of(part, samples.in_exec), lead.size());
        }
    }
    text += '\n';
    text +=
        wrapped("",
                fmt::format("Shares of the samples ({}, {} per second) that lie in execve, by the phase "
                            "that their call chain is in, and by innermost function. perf's own part in an "
                            "exec (perf_event_mmap, perf_event_exec and what they call) is in them.",
                            recording.event, recording.frequency),
                0);
    if (!recording.why.empty()) {
        text += wrapped("",
                        fmt::format("A clock samples, because cycles:k is unavailable: {}. What runs with "
                                    "interrupts off is charged to where they are switched on again.",
                                    recording.why),
                        0);
    }
    return text;
}

}  // namespace stackshift
