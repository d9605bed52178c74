// SPDX-License-Identifier: MIT
#include "lab/clock_lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "boot/initramfs.h"
#include "boot/kvm.h"
#include "boot/outcome.h"
#include "boot/runner.h"
#include "counters/event_names.h"
#include "lab/assemble_times.h"
#include "results/declared.h"
#include "results/save.h"
#include "results/timing.h"
#include "run/environment.h"
#include "run/version.h"
#include "stats/stats.h"
#include "util/error.h"
#include "util/files.h"
#include "util/progress.h"
#include "util/shuffle.h"
#include "util/tsc.h"

namespace stackshift {
namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned kProbeExecs = 5;
// Processor time of a boot: its fixed part, and an emulator's slowest rate (a processor is far faster).
constexpr double kTimedBootSeconds = 90;
constexpr double kLeastRate = 40e6;

double usual_seconds(const std::string& profile) {
    if (profile == "smoke") return 120;
    return profile == "quick" ? 600 : 3600;
}

double seconds_after(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// What all boots of a run have in setting.
struct Setting {
    Plan plan;
    std::string guest_image;
    BootSpec pattern;  ///< but for kernel, seed and directory
    RoundLimits limits;
    double ticks_per_ns = 0;
    int cpu = -1;
    bool alone = false;  ///< nothing of ours but the guest's processor runs on that CPU
};

/// A kernel and what its whole rounds reported.
struct Timed {
    BuiltKernel kernel;
    std::vector<GuestReport> rounds;
};

Setting make_setting(const ClockLabRequest& request, const Places& places) {
    Setting setting;
    setting.plan = select_plan(request.matrix);
    for (const Event& event : encode_events(request.events))
        setting.plan.events.push_back({event.name, encode_attr(event.attr)});
    setting.guest_image = make_guest_image(places.guest, kTimingInit);
    setting.pattern.machine.icount = false;
    setting.pattern.machine.accelerator = request.accelerator;
    // The kernel tries the timer's interrupt for some milliseconds and panics without it; a busy host's guest
    // may miss it.
    setting.pattern.cmdline = setting.pattern.machine.cmdline() + " no_timer_check";
    setting.pattern.time_limit = request.time_limit > 0
                                     ? request.time_limit
                                     : kTimedBootSeconds + setting.plan.estimated_instructions() / kLeastRate;
    setting.limits = request.limits;
    if (setting.limits.seconds <= 0) setting.limits.seconds = usual_seconds(request.matrix.profile);
    setting.cpu = choose_cpu(request.cpu);
    setting.pattern.cpu = setting.cpu;
    return setting;
}

RunInfo timed_run_info(const ClockLabRequest& request, const Setting& setting, const std::string& id) {
    RunInfo run;
    run.id = id;
    run.started = timestamp();
    run.instrument = Instrument::clock;
    run.profile = request.matrix.profile;
    run.suite_version = kVersion;
    run.argv = request.run.argv;
    run.plan_sha256 = sha256(setting.plan.text());
    run.guest_sha256 = sha256(setting.guest_image);
    run.cmdline = setting.pattern.cmdline;
    run.emulator_args = setting.pattern.machine.args();
    run.seeds = {request.shuffle_seed};
    return run;
}

nlohmann::ordered_json environment_of(const ClockLabRequest& request, const Setting& setting) {
    nlohmann::ordered_json environment = host_environment();
    environment["accel"] = std::string(to_string(request.accelerator));
    if (request.accelerator == Accelerator::tcg)
        environment[kTiming] = fmt::format(
            "{}: the guests were emulated (--untrusted-accel tcg), to test the driver", kTimingInvalid);
    environment["emulator"] = emulator_version();
    environment["pinned_cpu"] = setting.cpu;
    environment["cpu_left_to_guest"] = setting.alone;
    environment["tsc_mhz"] = setting.ticks_per_ns * 1e3;
    return environment;
}

void make_guest_files(const Setting& setting, const std::filesystem::path& directory) {
    make_directories(directory);
    require_disk_space(directory, 64ULL << 20, "the run");
    const std::string plan = setting.plan.text();
    write_file_atomically(directory / "plan", plan);
    write_file_atomically(directory / "initrd", setting.guest_image + make_plan_archive(plan));
}

BootSpec timed_spec(const BuiltKernel& kernel, const Setting& setting, const std::filesystem::path& directory,
                    unsigned round) {
    BootSpec spec = setting.pattern;
    spec.name = fmt::format("{}-round{}", kernel.info.strategy, round + 1);
    spec.image = kernel.image;
    spec.image_sha256 = kernel.info.image_sha256;
    spec.seed = round + 1;
    spec.initrd = directory / "initrd";
    spec.directory = directory;
    return spec;
}

/// One boot, alone on the machine as far as that is ours to say.
struct Booted {
    BootOutcome outcome;
    BootEvidence evidence;
};

Booted boot_alone(const BootSpec& spec, const BuiltKernel& kernel, const BootTick& tick) {
    Booted booted;
    LocalRunner(1).run(
        {spec},
        [&](size_t, const BootEvidence& evidence) {
            booted.evidence = evidence;
            booted.outcome = judge_lab_boot(evidence, image_version(kernel.image), expected_strategy(kernel));
        },
        tick);
    if (booted.outcome.end == BootEnd::ok && !booted.evidence.pinned) {
        booted.outcome.end = BootEnd::emulator;
        booted.outcome.message = fmt::format("the guest's processor could not be put on CPU {}", spec.cpu);
    }
    return booted;
}

/// A real guest under KVM, stopped where it hangs: that the device is there says little.
void probe_kvm(const BuiltKernel& kernel, double limit, const Setting& setting,
               const std::filesystem::path& directory) {
    Plan plan;
    plan.cells = {setting.plan.cells.front()};
    plan.cells.front().execs = kProbeExecs;
    BootSpec spec = timed_spec(kernel, setting, directory, 0);
    spec.name = "kvm-probe";
    spec.initrd = directory / "kvm-probe.initrd";
    spec.wall_limit = limit;
    write_file_atomically(spec.initrd, setting.guest_image + make_plan_archive(plan.text()));
    Progress progress("clock: a first guest, to see whether KVM works");
    const Booted booted = boot_alone(spec, kernel, [&](const auto&) { progress.busy(kernel.info.strategy); });
    std::filesystem::remove(spec.initrd);
    const std::string problem =
        kvm_boot_problem({booted.outcome.end, booted.outcome.message}, booted.evidence);
    if (!problem.empty()) throw Error(Exit::environment, no_kvm_message(problem));
}

/// The kernels; under KVM the first alone, so that no other is built where nothing can be timed.
std::vector<Timed> build_timed(const ClockLabRequest& request, const Places& places, const Setting& setting,
                               const std::filesystem::path& directory) {
    if (request.accelerator == Accelerator::kvm) {
        KernelRequest first = request.kernels;
        const std::vector<KernelBase> bases = contending_bases(request.kernels, places);
        const std::vector<std::string> strategies =
            contending_strategies(request.kernels, places, bases.front()).ported;
        if (!strategies.empty()) first = strategy_alone(first, bases.front(), strategies.front());
        probe_kvm(contending_kernels(first, places).front(), request.probe_seconds, setting, directory);
    }
    std::vector<Timed> kernels;
    for (BuiltKernel& kernel : contending_kernels(request.kernels, places))
        kernels.push_back({std::move(kernel), {}});
    return kernels;
}

/// Which kernel the others are held against: as `compare` chooses it.
std::size_t timed_baseline(const std::vector<Timed>& kernels) {
    const auto found = std::find_if(kernels.begin(), kernels.end(), [](const Timed& timed) {
        return timed.kernel.info.strategy == "pristine";
    });
    return found == kernels.end() ? 0 : static_cast<std::size_t>(found - kernels.begin());
}

/// The medians of all rounds so far, in ticks: their ratios are those of times.
std::optional<double> precision_of(const std::vector<Timed>& kernels, std::size_t cells) {
    std::vector<KernelRounds> medians;
    for (const Timed& timed : kernels) {
        KernelRounds& kernel = medians.emplace_back(cells);
        for (std::size_t cell = 0; cell < cells; ++cell) {
            for (const GuestReport& report : timed.rounds) {
                if (cell >= report.cells.size() || report.cells[cell].ticks.empty()) break;
                const std::vector<std::uint64_t>& ticks = report.cells[cell].ticks;
                kernel[cell].push_back(median(std::vector<double>(ticks.begin(), ticks.end())));
            }
            // Failed in some round: it is failed in the result.
            if (kernel[cell].size() != timed.rounds.size()) kernel[cell].clear();
        }
    }
    return widest_half_width(medians, timed_baseline(kernels));
}

/// The rounds of a run, one after the other.
class Rounds {
  public:
    Rounds(std::vector<Timed>& kernels, const Setting& setting, const std::filesystem::path& directory,
           std::uint64_t seed)
        : kernels_(kernels), setting_(setting), directory_(directory), seed_(seed) {}

    /// Makes them until there are enough, or one fails.
    void run(ClockLabOutcome& outcome) {
        Progress progress("clock: rounds of boots");
        const Clock::time_point start = Clock::now();
        RoundsEnd end = RoundsEnd::none;
        while (end == RoundsEnd::none) {
            if (!run_one(outcome, progress, start)) break;
            ++so_far_.rounds;
            so_far_.seconds = seconds_after(start);
            so_far_.half_width = precision_of(kernels_, setting_.plan.cells.size());
            end = rounds_end(so_far_, setting_.limits);
        }
        outcome.ended = end == RoundsEnd::none ? fmt::format("{} whole rounds: a boot failed", so_far_.rounds)
                                               : describe_end(end, so_far_, setting_.limits);
        outcome.result.environment["rounds"] = so_far_.rounds;
        outcome.result.environment["ended"] = outcome.ended;
        outcome.result.environment["order"] = order_;
    }

  private:
    /// Every kernel once. Only a whole round counts: what is paired with nothing is of no use.
    bool run_one(ClockLabOutcome& outcome, Progress& progress, Clock::time_point start) {
        std::vector<std::string> names;
        std::vector<GuestReport> reports(kernels_.size());
        for (const size_t i : shuffled(kernels_.size(), seed_, so_far_.rounds)) {
            const BuiltKernel& kernel = kernels_[i].kernel;
            names.push_back(kernel.info.strategy);
            Booted booted = boot_alone(timed_spec(kernel, setting_, directory_, so_far_.rounds), kernel,
                                       [&](const auto&) { show(progress, start, names.size()); });
            if (booted.outcome.end != BootEnd::ok) {
                outcome.failures.push_back(fmt::format("{} (round {}): {}", kernel.info.strategy,
                                                       so_far_.rounds + 1, booted.outcome.message));
                return false;
            }
            reports[i] = std::move(booted.outcome.report);
        }
        for (size_t i = 0; i < kernels_.size(); ++i) kernels_[i].rounds.push_back(std::move(reports[i]));
        order_.push_back(names);
        return true;
    }

    /// By boots where their number is known, else by time.
    void show(Progress& progress, Clock::time_point start, size_t begun) const {
        const std::string what = fmt::format("round {}", so_far_.rounds + 1);
        const auto boots = [&](size_t rounds) { return static_cast<double>(rounds * kernels_.size()); };
        if (setting_.limits.rounds > 0) {
            progress.update(boots(so_far_.rounds) + static_cast<double>(begun - 1),
                            boots(setting_.limits.rounds), "boots, " + what);
        } else {
            progress.update(std::min(seconds_after(start), setting_.limits.seconds), setting_.limits.seconds,
                            "seconds, " + what);
        }
    }

    std::vector<Timed>& kernels_;
    const Setting& setting_;
    const std::filesystem::path& directory_;
    std::uint64_t seed_;
    RoundsSoFar so_far_;
    std::vector<std::vector<std::string>> order_;
};

void add_timed(ClockLabOutcome& outcome, const Timed& timed, const Setting& setting) {
    const std::string why = outcome.failures.empty() ? "" : "no whole round: " + outcome.failures.front();
    std::vector<CellResult> cells =
        assemble_times(timed.kernel.info.strategy, setting.plan, timed.rounds, setting.ticks_per_ns, why);
    apply_declared_failures(cells, timed.kernel.declared.failing);
    outcome.result.kernels.push_back(timed.kernel.info);
    for (CellResult& cell : cells) outcome.result.cells.push_back(std::move(cell));
}

void announce_rounds(const Setting& setting, size_t kernels) {
    const RoundLimits& limits = setting.limits;
    const std::string until =
        limits.rounds > 0 ? fmt::format("{} rounds", limits.rounds)
        : limits.precision > 0
            ? fmt::format("rounds until +-{} %, or {}", limits.precision, format_duration(limits.seconds))
            : fmt::format("rounds for {}", format_duration(limits.seconds));
    fmt::print(stderr, "clock: {} kernel{}, {} cells per boot, guests on CPU {}{}: {}\n", kernels,
               kernels == 1 ? "" : "s", setting.plan.cells.size(), setting.cpu,
               setting.alone ? "" : " (the only one, which the emulator shares)", until);
}

}  // namespace

ClockLabOutcome run_clock_lab(const ClockLabRequest& request, const Places& places) {
    require_contenders(request.kernels, places);
    Setting setting = make_setting(request, places);
    emulator_version();
    if (request.accelerator == Accelerator::kvm) {
        const std::string problem = kvm_device_problem(request.kvm_device);
        if (!problem.empty()) throw Error(Exit::environment, no_kvm_message(problem));
    }
    const RunDirectory directory = run_directory(request.run, places, "clock");
    ClockLabOutcome outcome;
    outcome.directory = directory.path;
    make_guest_files(setting, directory.path);
    std::vector<Timed> kernels = build_timed(request, places, setting, directory.path);
    // After the compilers, which may have all CPUs. The rate is the guests': KVM leaves the counter as it is,
    // and an emulator without instruction counting reads it.
    setting.ticks_per_ns = calibrate_tsc();
    setting.alone = leave_cpu(setting.cpu);
    outcome.result.run = timed_run_info(request, setting, directory.id);
    outcome.result.environment = environment_of(request, setting);
    const std::vector<std::string> unported = unported_kernels(request.kernels, places);
    if (!unported.empty()) outcome.result.environment[kUnported] = unported;
    announce_rounds(setting, kernels.size());
    Rounds(kernels, setting, directory.path, request.shuffle_seed).run(outcome);
    for (const Timed& timed : kernels) add_timed(outcome, timed, setting);
    save_result(outcome.result, directory.path / "result.json");
    return outcome;
}

}  // namespace stackshift
