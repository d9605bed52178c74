// SPDX-License-Identifier: MIT
// Small results for tests of what is made of results.
#pragma once

#include <string>
#include <vector>

#include "results/result.h"
#include "results/summary.h"

namespace stackshift {

using Groups = std::vector<std::vector<double>>;

inline Metric made_metric(const std::string& unit, const Groups& groups, bool exact) {
    Metric metric;
    metric.unit = unit;
    for (const auto& group : groups) {
        metric.samples.insert(metric.samples.end(), group.begin(), group.end());
        metric.groups.push_back(group.size());
    }
    summarise(metric, exact);
    return metric;
}

inline Result made_result(Instrument instrument, const std::string& id = "run-1") {
    const bool exact = instrument == Instrument::exact;
    Result result;
    result.run.id = id;
    result.run.started = "2026-08-01T12:00:00Z";
    result.run.instrument = instrument;
    result.run.profile = "smoke";
    result.run.seeds = {1, 2, 3};
    result.run.plan_sha256 = std::string(64, 'a');
    result.run.guest_sha256 = exact ? std::string(64, 'b') : "";
    result.environment = {
        {"accel", exact ? "tcg" : "host"}, {"cpu", "Some CPU"}, {"host_kernel", "6.1.0-28 #1"}};
    if (exact) result.environment["emulator"] = "QEMU emulator version 7.2.22";
    return result;
}

/// `image`: one letter, that its sha256 is made of.
inline KernelInfo& made_kernel(Result& result, const std::string& strategy, char image) {
    KernelInfo kernel;
    kernel.strategy = strategy;
    kernel.base = "6.12.117";
    kernel.config = "bench";
    kernel.config_sha256 = std::string(64, 'c');
    kernel.image_sha256 = std::string(64, image);
    kernel.compiler = "gcc (Debian 12.2.0-14+deb12u1) 12.2.0";
    result.kernels.push_back(kernel);
    return result.kernels.back();
}

inline CellResult& made_cell(Result& result, const std::string& strategy, const std::string& name) {
    result.cells.push_back(unmeasured(parse_cell(name).value(), strategy));
    return result.cells.back();
}

inline CellResult& made_count(Result& result, const std::string& strategy, const std::string& name,
                              const Groups& groups) {
    CellResult& cell = made_cell(result, strategy, name);
    cell.metrics["instructions"] = made_metric("instructions", groups, true);
    return cell;
}

inline CellResult& made_time(Result& result, const std::string& name, const Groups& rounds) {
    CellResult& cell = made_cell(result, "running", name);
    cell.metrics["time"] = made_metric("ns", rounds, false);
    return cell;
}

}  // namespace stackshift
