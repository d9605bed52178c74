// SPDX-License-Identifier: MIT
#include "results/event_reads.h"

#include "counters/group_read.h"

namespace stackshift {
namespace {

constexpr const char* kUnit = "1";
constexpr const char* kScaledUnit = "1 (scaled: the PMU was shared)";

}  // namespace

void set_events_unavailable(CellResult& cell, const std::vector<std::string>& names,
                            const std::string& prefix, const std::string& reason) {
    for (const std::string& name : names) {
        cell.metrics.erase(prefix + name);
        cell.unavailable[prefix + name] = reason;
    }
}

void add_event_reads(CellResult& cell, const std::vector<std::string>& names, const std::string& prefix,
                     const EventReads& reads, bool subtract_overhead) {
    const auto empty = parse_group_read(reads.empty, names.size());
    const bool has_overhead = subtract_overhead && empty && counting(*empty) != Counting::never;
    bool multiplexed = false;
    std::vector<std::vector<double>> values(names.size());
    for (const std::string& buffer : reads.execs) {
        const auto read = parse_group_read(buffer, names.size());
        if (!read)
            return set_events_unavailable(cell, names, prefix, "the counters' group could not be read");
        if (counting(*read) == Counting::never) {
            return set_events_unavailable(cell, names, prefix,
                                          "the counter was never on the PMU (running = 0)");
        }
        multiplexed = multiplexed || counting(*read) == Counting::multiplexed;
        for (size_t i = 0; i < names.size(); ++i) {
            double value = scaled(read->values[i], *read);
            if (has_overhead) value = without_overhead(value, scaled(empty->values[i], *empty));
            values[i].push_back(value);
        }
    }
    if (reads.execs.empty()) return;
    for (size_t i = 0; i < names.size(); ++i) {
        // An earlier seed's reason stands: half of the seeds are no mean of all.
        if (cell.unavailable.count(prefix + names[i]) != 0) continue;
        Metric& metric = cell.metrics[prefix + names[i]];
        if (multiplexed || metric.unit.empty()) metric.unit = multiplexed ? kScaledUnit : kUnit;
        metric.samples.insert(metric.samples.end(), values[i].begin(), values[i].end());
        metric.groups.push_back(values[i].size());
    }
}

}  // namespace stackshift
