// SPDX-License-Identifier: MIT
#include "host/host.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "counters/event_names.h"
#include "exec/chain.h"
#include "host/events.h"
#include "host/running_kernel.h"
#include "host/schedule.h"
#include "results/metrics.h"
#include "results/save.h"
#include "results/summary.h"
#include "run/environment.h"
#include "run/timings.h"
#include "run/version.h"
#include "stats/stats.h"
#include "util/error.h"
#include "util/files.h"
#include "util/interrupt.h"
#include "util/progress.h"
#include "util/shuffle.h"
#include "util/tsc.h"

namespace stackshift {
namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned kWarmUpExecs = 10;

/// One cell while it is measured.
struct Measured {
    Cell cell;
    unsigned execs = 0;  ///< a chain, by the plan
    CellStatus status = CellStatus::ok;
    std::string reason;
    double exec_ns = 0;  ///< from the warm-up: wall time an exec, everything around it included
    std::vector<std::vector<double>> rounds;                 ///< ns of each exec
    std::map<Part, std::vector<std::vector<double>>> parts;  ///< the same of the parts of each operation
};

double default_budget(const std::string& profile) {
    if (profile == "smoke") return 20;
    return profile == "quick" ? 60 : 300;
}

std::vector<double> in_ns(const std::vector<std::uint64_t>& ticks, double ticks_per_ns) {
    std::vector<double> ns;
    for (const std::uint64_t value : ticks) ns.push_back(static_cast<double>(value) / ticks_per_ns);
    return ns;
}

/// One chain of a cell.
void run_round(Measured& measured, const ChainRequest& request, double ticks_per_ns) {
    if (measured.status != CellStatus::ok) return;
    const ChainOutcome outcome = run_chain(request);
    check_interrupt();
    measured.status = outcome.status;
    measured.reason = outcome.reason;
    if (outcome.status != CellStatus::ok) return;
    measured.rounds.push_back(in_ns(outcome.ticks, ticks_per_ns));
    for (const auto& [part, ticks] : outcome.parts)
        measured.parts[part].push_back(in_ns(ticks, ticks_per_ns));
}

/// All cells, round by round, in an order that is shuffled anew for each.
void run_rounds(std::vector<Measured>& cells, unsigned rounds, std::uint64_t seed, ChainRequest chain,
                double ticks_per_ns) {
    Progress progress("clock");
    const double total = static_cast<double>(rounds) * static_cast<double>(cells.size());
    double done = 0;
    for (unsigned round = 0; round < rounds; ++round) {
        for (const size_t i : shuffled(cells.size(), seed, round)) {
            chain.cell = cells[i].cell;
            chain.execs = cells[i].execs;
            run_round(cells[i], chain, ticks_per_ns);
            progress.update(++done, total, cells[i].cell.name());
        }
    }
}

/// The first look at each cell: can it run, and how long does an exec take?
void warm_up(std::vector<Measured>& cells, ChainRequest request) {
    const std::string sysctl = read_file_or("/proc/sys/kernel/randomize_va_space", "2");
    Progress progress("clock: warm-up");
    double done = 0;
    for (Measured& measured : cells) {
        progress.update(done++, static_cast<double>(cells.size()), measured.cell.name());
        check_interrupt();
        if (measured.cell.aslr == Aslr::on && sysctl.starts_with("0")) {
            measured.status = CellStatus::unavailable;
            measured.reason = "ASLR is off by sysctl (kernel.randomize_va_space = 0)";
            continue;
        }
        request.cell = measured.cell;
        request.execs = measured.cell.pages > 64 ? 3 : kWarmUpExecs;
        const auto start = Clock::now();
        const ChainOutcome outcome = run_chain(request);
        measured.exec_ns =
            std::chrono::duration<double, std::nano>(Clock::now() - start).count() / request.execs;
        measured.status = outcome.status;
        measured.reason = outcome.reason;
    }
}

/// Where nothing can be measured, the reasons; a run that measured nothing is no result.
void require_something_to_measure(const std::vector<Measured>& cells) {
    std::vector<std::string> reasons;
    for (const Measured& measured : cells) {
        if (measured.status != CellStatus::unavailable) return;
        if (std::find(reasons.begin(), reasons.end(), measured.reason) == reasons.end())
            reasons.push_back(measured.reason);
    }
    throw Error(Exit::environment, fmt::format("none of the {} cells can be measured here: {}", cells.size(),
                                               fmt::join(reasons, "; ")));
}

Metric metric_of(const std::vector<std::vector<double>>& rounds) {
    Metric metric;
    metric.unit = "ns";
    for (const std::vector<double>& round : rounds) {
        metric.samples.insert(metric.samples.end(), round.begin(), round.end());
        metric.groups.push_back(round.size());
    }
    summarise(metric, false);
    return metric;
}

CellResult to_result(const Measured& measured, const std::string& strategy) {
    CellResult cell = unmeasured(measured.cell, strategy);
    if (measured.status == CellStatus::failed) {
        cell.status = CellStatus::failed;
        cell.expected = false;
        cell.reason = measured.reason;
    } else if (measured.status == CellStatus::unavailable) {
        cell.status = CellStatus::unavailable;
        cell.reason = measured.reason;
    } else {
        cell.metrics[metrics::kTime] = metric_of(measured.rounds);
        for (const auto& [part, rounds] : measured.parts)
            cell.metrics[std::string(to_string(part))] = metric_of(rounds);
        set_parts_unavailable(cell);
    }
    return cell;
}

}  // namespace

HostOutcome run_host(const HostRequest& request, const Places& places) {
    const BenchmarkFlags& flags = request.benchmark;
    const Plan plan = flags.select(select_plan(request.matrix));
    HostOutcome outcome;
    RunInfo& run = outcome.result.run;
    const RunDirectory directory = run_directory(request.run, places, "host");
    run.id = directory.id;
    outcome.directory = directory.path;
    make_directories(outcome.directory);
    require_disk_space(outcome.directory, 16ULL << 20, "the run");
    run.started = timestamp();
    run.instrument = Instrument::clock;
    run.profile = request.matrix.profile;
    run.suite_version = kVersion;
    run.argv = request.run.argv;
    run.seeds = {request.shuffle_seed};
    run.plan_sha256 = sha256(plan.text());
    outcome.result.environment = host_environment();

    // A wrong name should not cost a sweep.
    const std::vector<Event> events = find_events(request.events);
    const int cpu = pin_to_cpu(request.cpu);
    const double ticks_per_ns = calibrate_tsc();
    ChainRequest chain;
    chain.directory = places.guest;
    chain.stall_limit_ms = kChainStallLimitMs;
    chain.watch = [](std::size_t) { return !interrupted(); };

    std::vector<Measured> cells;
    for (const PlannedCell& planned : plan.cells) {
        cells.push_back({planned.cell, planned.execs, {}, {}, 0, {}, {}});
    }
    warm_up(cells, chain);
    require_something_to_measure(cells);
    std::vector<double> chain_ns;
    for (const Measured& measured : cells) chain_ns.push_back(measured.exec_ns * measured.execs);
    const Schedule schedule =
        make_schedule(chain_ns, request.budget, default_budget(request.matrix.profile), flags.repetitions);
    outcome.result.environment["pinned_cpu"] = cpu;
    outcome.result.environment["tsc_mhz"] = ticks_per_ns * 1e3;
    outcome.result.environment["rounds"] = schedule.rounds;

    fmt::print(stderr, "clock: {} cells, {} rounds on CPU {}: about {}\n", cells.size(), schedule.rounds, cpu,
               format_duration(schedule.seconds));
    const auto start = Clock::now();
    run_rounds(cells, schedule.rounds, request.shuffle_seed, chain, ticks_per_ns);
    outcome.result.kernels.push_back(running_kernel());
    for (const Measured& measured : cells)
        outcome.result.cells.push_back(to_result(measured, outcome.result.kernels.front().strategy));
    count_events(outcome.result.cells, events, chain);
    save_result(outcome.result, outcome.directory / "result.json");
    std::vector<BenchmarkedCell> benchmarked;
    for (const Measured& measured : cells)
        benchmarked.push_back({measured.cell.name(), measured.rounds, measured.reason});
    write_benchmark_documents(flags, benchmarked,
                              {{"stackshift_version", kVersion},
                               {"stackshift_shuffle_seed", std::to_string(request.shuffle_seed)},
                               {"stackshift_cpu", std::to_string(cpu)}});
    Timings timings;
    timings.add("host sweep", std::chrono::duration<double>(Clock::now() - start).count(), "s");
    timings.save(outcome.directory);
    return outcome;
}

}  // namespace stackshift
