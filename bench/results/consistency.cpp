// SPDX-License-Identifier: MIT
#include "results/consistency.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <utility>

#include "results/json.h"
#include "results/summary.h"
#include "stats/stats.h"

namespace stackshift {
namespace {

bool close(double a, double b) {
    return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
}

std::string differs(double written, double computed, std::string_view source) {
    return fmt::format("is {}, {} {}", written, source, computed);
}

std::optional<Problem> check_summary(const Metric& metric, const std::string& pointer,
                                     bool medians_of_groups) {
    std::uint64_t grouped = 0;
    for (const std::uint64_t size : metric.groups) {
        if (size == 0 || size > metric.n)
            return Problem{pointer + "/groups", fmt::format("hold one of {}", size)};
        grouped += size;
    }
    if (grouped != metric.n) {
        return Problem{pointer + "/groups", fmt::format("hold {} samples, n is {}", grouped, metric.n)};
    }
    if (metric.samples.empty()) {
        // A reference: the samples cannot be had, but what is left must agree with itself.
        if (!(metric.min <= metric.median && metric.median <= metric.max)) {
            return Problem{pointer + "/median", "lies outside min and max"};
        }
        if (!(metric.min <= metric.mean && metric.mean <= metric.max) && !close(metric.min, metric.max)) {
            return Problem{pointer + "/mean", "lies outside min and max"};
        }
        if (metric.group_medians.empty()) return std::nullopt;
        if (metric.group_medians.size() != metric.groups.size()) {
            return Problem{pointer + "/group_medians", "are not as many as groups"};
        }
        const double of_groups = median(metric.group_medians);
        if (medians_of_groups && !close(metric.median, of_groups)) {
            return Problem{pointer + "/median", differs(metric.median, of_groups, "the group medians give")};
        }
        return std::nullopt;
    }
    const std::string_view source = "its samples give";
    if (metric.n != metric.samples.size()) {
        return Problem{pointer + "/n",
                       fmt::format("is {}, there are {} samples", metric.n, metric.samples.size())};
    }
    Metric computed;
    computed.samples = metric.samples;
    computed.groups = metric.groups;
    summarise(computed, medians_of_groups);
    if (metric.min != computed.min)
        return Problem{pointer + "/min", differs(metric.min, computed.min, source)};
    if (metric.max != computed.max)
        return Problem{pointer + "/max", differs(metric.max, computed.max, source)};
    // The scale of the rounding error is that of the summands: the mean of -1 and 1 is 0, give or take.
    const double scale = std::max(std::abs(metric.min), std::abs(metric.max));
    if (!(std::abs(metric.mean - computed.mean) <= 1e-9 * scale)) {
        return Problem{pointer + "/mean", differs(metric.mean, computed.mean, source)};
    }
    if (metric.group_medians.size() != computed.group_medians.size() ||
        !std::equal(metric.group_medians.begin(), metric.group_medians.end(), computed.group_medians.begin(),
                    close)) {
        return Problem{pointer + "/group_medians", "are not those of its samples"};
    }
    if (!close(metric.median, computed.median)) {
        return Problem{pointer + "/median", differs(metric.median, computed.median, source)};
    }
    return std::nullopt;
}

}  // namespace

std::optional<Problem> repeated_kernel(const std::vector<KernelInfo>& kernels) {
    std::map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < kernels.size(); ++i) {
        const auto [first, is_new] = seen.try_emplace(kernels[i].strategy, i);
        if (is_new) continue;
        return Problem{fmt::format("/kernels/{}", i),
                       fmt::format("is the same kernel as /kernels/{} ({})", first->second, first->first)};
    }
    return std::nullopt;
}

std::optional<Problem> contradiction(const Result& result) {
    if (std::optional<Problem> problem = repeated_kernel(result.kernels)) return problem;
    std::map<std::pair<std::string, std::string>, std::size_t> seen;
    for (std::size_t i = 0; i < result.cells.size(); ++i) {
        const CellResult& cell = result.cells[i];
        const std::string pointer = fmt::format("/cells/{}", i);
        const auto [first, is_new] = seen.try_emplace({cell.strategy, cell.cell.name()}, i);
        if (!is_new) {
            return Problem{pointer, fmt::format("is the same cell as /cells/{} ({} of {})", first->second,
                                                cell.cell.name(), cell.strategy)};
        }
        if (cell.status != CellStatus::ok && cell.reason.empty()) {
            return Problem{pointer + "/reason",
                           fmt::format("is empty, but the cell is {}", to_string(cell.status))};
        }
        for (const auto& [name, metric] : cell.metrics) {
            const std::optional<Problem> problem =
                check_summary(metric, pointer + "/metrics" + pointer_step(name),
                              result.run.instrument == Instrument::exact);
            if (problem) return problem;
        }
    }
    return std::nullopt;
}

}  // namespace stackshift
