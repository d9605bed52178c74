// SPDX-License-Identifier: MIT
#include "host/host.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "counters/event_names.h"
#include "exec/chain.h"
#include "host/events.h"
#include "host/schedule.h"
#include "host/tsc.h"
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
    std::vector<double> samples;
    std::vector<std::uint64_t> rounds;
};

double default_budget(const std::string& profile) {
    if (profile == "smoke") return 20;
    return profile == "quick" ? 60 : 300;
}

/// Google Benchmark's console table would show one row a round; the rounds' progress is what a reader wants.
class ProgressReporter : public benchmark::BenchmarkReporter {
  public:
    ProgressReporter(Progress& progress, double total) : progress_(progress), total_(total) {}
    bool ReportContext(const Context& /*context*/) override { return true; }
    void ReportRuns(const std::vector<Run>& runs) override {
        done_ += static_cast<double>(runs.size());
        progress_.update(done_, total_, runs.empty() ? "" : runs.front().report_label);
    }

  private:
    Progress& progress_;
    double total_;
    double done_ = 0;
};

/// One chain of a cell, as one iteration of its benchmark.
void run_iteration(benchmark::State& state, Measured& measured, const ChainRequest& request,
                   double ticks_per_ns) {
    // Google Benchmark appends "/iterations:1/manual_time" to the name; the label keeps the cell's own.
    state.SetLabel(measured.cell.name());
    for ([[maybe_unused]] auto iteration : state) {
        if (measured.status != CellStatus::ok) {
            state.SkipWithError(measured.reason.c_str());
            return;
        }
        // Not an exception: the frames above are Google Benchmark's.
        if (interrupted()) {
            state.SkipWithError("interrupted");
            return;
        }
        const ChainOutcome outcome = run_chain(request);
        if (outcome.status != CellStatus::ok) {
            measured.status = outcome.status;
            measured.reason = outcome.reason;
            state.SkipWithError(outcome.reason.c_str());
            return;
        }
        std::vector<double> samples;
        for (const std::uint64_t ticks : outcome.ticks)
            samples.push_back(static_cast<double>(ticks) / ticks_per_ns);
        const double total = std::accumulate(samples.begin(), samples.end(), 0.0);
        state.SetIterationTime(total / 1e9);
        state.counters["execs"] = static_cast<double>(samples.size());
        state.counters["median_exec_ns"] = median(samples);
        measured.rounds.push_back(samples.size());
        measured.samples.insert(measured.samples.end(), samples.begin(), samples.end());
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

void give_benchmark_its_flags(const std::vector<std::string>& args) {
    // Google Benchmark keeps the pointer to the program's name for its JSON file.
    static std::vector<std::string> copy;
    copy = {"stackshift"};
    copy.insert(copy.end(), args.begin(), args.end());
    std::vector<char*> argv;
    for (std::string& argument : copy) argv.push_back(argument.data());
    int argc = static_cast<int>(argv.size());
    benchmark::Initialize(&argc, argv.data());
    if (argc > 1) throw Error(Exit::usage, fmt::format("unknown option '{}'", argv[1]));
}

bool has_flag(const std::vector<std::string>& args, std::string_view flag) {
    return std::any_of(args.begin(), args.end(),
                       [&](const std::string& arg) { return arg.starts_with(flag); });
}

CellResult to_result(const Measured& measured) {
    CellResult cell = unmeasured(measured.cell, "running");
    if (measured.status == CellStatus::failed) {
        cell.status = CellStatus::failed;
        cell.expected = false;
        cell.reason = measured.reason;
    } else if (measured.status == CellStatus::unavailable) {
        cell.status = CellStatus::unavailable;
        cell.reason = measured.reason;
    } else if (measured.samples.empty()) {
        cell.status = CellStatus::unavailable;
        cell.reason = "not run (--benchmark_filter)";
    } else {
        Metric& metric = cell.metrics[metrics::kTime];
        metric.unit = "ns";
        metric.samples = measured.samples;
        metric.groups = measured.rounds;
        summarise(metric, false);
    }
    return cell;
}

KernelInfo running_kernel() {
    utsname names = {};
    uname(&names);
    KernelInfo info;
    info.strategy = "running";
    info.base = names.release;
    info.config = "unknown";
    info.compiler = "unknown";
    return info;
}

}  // namespace

HostOutcome run_host(const HostRequest& request, const Places& places) {
    const Plan plan = select_plan(request.matrix);
    give_benchmark_its_flags(request.benchmark_args);
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
    std::vector<double> chain_ns;
    for (const Measured& measured : cells) chain_ns.push_back(measured.exec_ns * measured.execs);
    const Schedule schedule =
        make_schedule(chain_ns, request.budget > 0 ? request.budget : default_budget(request.matrix.profile));
    outcome.result.environment["pinned_cpu"] = cpu;
    outcome.result.environment["tsc_mhz"] = ticks_per_ns * 1e3;
    outcome.result.environment["rounds"] = schedule.rounds;

    // A benchmark a cell and round, all registered at once in our own order: Google Benchmark's interleaving
    // cannot be seeded, and one run writes one JSON file.
    for (unsigned round = 0; round < schedule.rounds; ++round) {
        for (const size_t i : shuffled(cells.size(), request.shuffle_seed, round)) {
            Measured& measured = cells[i];
            chain.cell = measured.cell;
            chain.execs = measured.execs;
            benchmark::RegisterBenchmark(measured.cell.name().c_str(),
                                         [&measured, chain, ticks_per_ns](benchmark::State& state) {
                                             run_iteration(state, measured, chain, ticks_per_ns);
                                         })
                ->Iterations(1)
                ->UseManualTime()
                ->Unit(benchmark::kMicrosecond);
        }
    }
    benchmark::AddCustomContext("stackshift_shuffle_seed", std::to_string(request.shuffle_seed));
    benchmark::AddCustomContext("stackshift_cpu", std::to_string(cpu));
    fmt::print(stderr, "clock: {} cells, {} rounds on CPU {}: about {}\n", cells.size(), schedule.rounds, cpu,
               format_duration(schedule.seconds));
    const auto start = Clock::now();
    {
        Progress progress("clock");
        ProgressReporter reporter(progress,
                                  static_cast<double>(schedule.rounds) * static_cast<double>(cells.size()));
        benchmark::RunSpecifiedBenchmarks(has_flag(request.benchmark_args, "--benchmark_format") ? nullptr
                                                                                                 : &reporter);
    }
    benchmark::Shutdown();
    check_interrupt();
    outcome.result.kernels.push_back(running_kernel());
    for (const Measured& measured : cells) outcome.result.cells.push_back(to_result(measured));
    count_events(outcome.result.cells, events, chain);
    save_result(outcome.result, outcome.directory / "result.json");
    Timings timings;
    timings.add("host sweep", std::chrono::duration<double>(Clock::now() - start).count(), "s");
    timings.save(outcome.directory);
    return outcome;
}

}  // namespace stackshift
