// SPDX-License-Identifier: MIT
#include "lab/lab.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "boot/firmware.h"
#include "boot/initramfs.h"
#include "boot/journal.h"
#include "boot/runner.h"
#include "counters/event_names.h"
#include "kernels/draws.h"
#include "kernels/strategies.h"
#include "lab/assemble.h"
#include "results/declared.h"
#include "results/save.h"
#include "run/environment.h"
#include "run/timings.h"
#include "run/version.h"
#include "util/error.h"
#include "util/files.h"
#include "util/nearest.h"
#include "util/process.h"
#include "util/progress.h"

namespace stackshift {
namespace {

// The slowest rate at which a loaded CI machine was seen to emulate, and a boot's fixed part.
constexpr double kSlowestRate = 40e6;
constexpr double kBootSeconds = 90;
// For the announcement of long runs: what an idle core emulates, and a boot's part of it.
constexpr double kUsualRate = 280e6;
constexpr double kUsualBootSeconds = 1.5;

std::uint64_t seeds_of(const LabRequest& request) {
    if (request.seeds != 0) return request.seeds;
    return request.matrix.profile == "smoke" ? 2 : 3;
}

/// One boot that the run wants, and what has become of it.
struct Boot {
    BootSpec spec;
    BootKey key;
    BootOutcome outcome;
    bool kept = false;
};

/// What all boots of a run have in common.
struct Common {
    Plan plan;
    std::string plan_text;
    std::string guest_image;
    std::string firmware;
    std::uint64_t seeds = 0;
    bool paired_draws = false;
    std::vector<std::string> left_out;  ///< cells, see leave_out_failing()
    BootKey key;                        ///< but for kernel and seed
    BootSpec pattern;                   ///< but for kernel, seed and directory
};

/// Takes out of the plan what some contender declares to fail at, and returns the cells' names. A chain that
/// fails ends early, so that all later execs would draw other addresses than in the other kernels.
std::vector<std::string> leave_out_failing(Plan& plan, const KernelRequest& kernels, const Places& places) {
    std::vector<Declaration> failing;
    for (const KernelBase& base : contending_bases(kernels, places))
        for (const std::string& name : contending_strategies(kernels, places, base).ported)
            for (const Declaration& declared :
                 read_strategy(kernel_places(kernels, places), name, base.name).declared.failing)
                failing.push_back(declared);
    std::vector<std::string> names;
    std::erase_if(plan.cells, [&](const PlannedCell& planned) {
        const std::string name = planned.cell.name();
        const bool fails = std::any_of(failing.begin(), failing.end(),
                                       [&](const Declaration& declared) { return declared.is_of(name); });
        if (fails) names.push_back(name);
        return fails;
    });
    if (plan.cells.empty())
        throw Error(Exit::usage,
                    "--paired-draws: a contender is declared to fail at each of these cells: choose others");
    return names;
}

Common prepare(const LabRequest& request, const Places& places) {
    Common common;
    common.plan = select_plan(request.matrix);
    if (request.kernels.paired_draws)
        common.left_out = leave_out_failing(common.plan, request.kernels, places);
    for (const Event& event : encode_events(request.events))
        common.plan.events.push_back({event.name, encode_attr(event.attr)});
    common.plan_text = common.plan.text();
    common.guest_image = make_guest_image(places.guest);
    common.pattern.machine.axes = request.axes;
    common.firmware = make_firmware(places.guest, request.axes.possible_cpus);
    common.seeds = seeds_of(request);
    common.pattern.cmdline = common.pattern.machine.cmdline();
    common.paired_draws = request.kernels.paired_draws;
    common.pattern.time_limit = request.time_limit > 0
                                    ? request.time_limit
                                    : kBootSeconds + common.plan.estimated_instructions() / kSlowestRate;
    common.key.emulator = emulator_version();
    common.key.emulator_args = common.pattern.machine.args();
    common.key.cmdline = common.pattern.cmdline;
    if (common.paired_draws) common.key.cmdline += draws_parameter("SEED");
    common.key.plan_sha256 = sha256(common.plan_text);
    // All that the guest runs beside the kernel.
    common.key.guest_sha256 = sha256(common.guest_image + common.firmware);
    return common;
}

RunInfo run_info(const LabRequest& request, const Common& common, const std::string& id) {
    RunInfo run;
    run.id = id;
    run.started = timestamp();
    run.instrument = Instrument::exact;
    run.profile = request.matrix.profile;
    run.suite_version = kVersion;
    run.argv = request.run.argv;
    run.plan_sha256 = common.key.plan_sha256;
    run.guest_sha256 = common.key.guest_sha256;
    run.cmdline = common.key.cmdline;
    run.emulator_args = common.key.emulator_args;
    for (std::uint64_t seed = 1; seed <= common.seeds; ++seed) run.seeds.push_back(seed);
    return run;
}

/// The run's files that every boot reads.
void make_files(const Common& common, const std::filesystem::path& directory) {
    make_directories(directory / "boots");
    require_disk_space(directory, 64ULL << 20, "the run");
    write_file_atomically(directory / "plan", common.plan_text);
    write_file_atomically(directory / "firmware", common.firmware);
    write_file_atomically(directory / "initrd", common.guest_image + make_plan_archive(common.plan_text));
}

/// A kernel of the run, with a boot per seed.
struct Contest {
    BuiltKernel kernel;
    std::vector<Boot> boots;
};

Contest contest_of(const BuiltKernel& kernel, const Common& common, const std::filesystem::path& directory,
                   bool resume) {
    Contest contest{kernel, {}};
    for (std::uint64_t seed = 1; seed <= common.seeds; ++seed) {
        Boot boot;
        boot.key = common.key;
        boot.key.strategy = kernel.info.strategy;
        boot.key.image_sha256 = kernel.info.image_sha256;
        boot.key.seed = seed;
        boot.spec = common.pattern;
        boot.spec.name = fmt::format("{}-seed{}", kernel.info.strategy, seed);
        boot.spec.image = kernel.image;
        boot.spec.image_sha256 = kernel.info.image_sha256;
        boot.spec.seed = seed;
        if (common.paired_draws) boot.spec.cmdline += draws_parameter(std::to_string(seed));
        boot.spec.initrd = directory / "initrd";
        boot.spec.firmware = directory / "firmware";
        boot.spec.directory = directory;
        if (resume) {
            if (auto kept = kept_boot(directory / "boots", boot.spec.name, boot.key)) {
                boot.outcome = std::move(*kept);
                boot.kept = true;
            }
        }
        contest.boots.push_back(std::move(boot));
    }
    return contest;
}

/// A boot that is still to be made, and the kernel that it is of.
struct Missing {
    Boot* boot;
    const BuiltKernel* kernel;
};

/// Seed by seed over all kernels: an interrupted run has compared what it has.
std::vector<Missing> missing_boots(std::vector<Contest>& contests, std::uint64_t seeds) {
    std::vector<Missing> missing;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        for (Contest& contest : contests) {
            if (!contest.boots[seed].kept) missing.push_back({&contest.boots[seed], &contest.kernel});
        }
    }
    return missing;
}

/// Progress by estimated instructions: a large cell is worth hundreds of small ones.
class BootProgress {
  public:
    BootProgress(const Plan& plan, size_t boots)
        : progress_(fmt::format("exact: boot {} guests", boots)), cells_(plan.cells.size()), done_(boots, 0) {
        for (const PlannedCell& planned : plan.cells)
            cost_before_.push_back(cost_before_.back() + Plan{{planned}}.estimated_instructions());
    }
    void note(const std::string& text) { progress_.note(text); }
    void boot_ended() { ++ended_; }
    void update(const std::vector<std::string>& reports) {
        double fraction = 0;
        for (size_t i = 0; i < reports.size(); ++i) {
            done_[i] = std::max(done_[i], count_cells(reports[i]));
            fraction += cost_before_[std::min(done_[i], cells_)] / cost_before_.back();
        }
        progress_.update(fraction * static_cast<double>(cells_), static_cast<double>(done_.size() * cells_),
                         fmt::format("cells ({} of {} boots ended)", ended_, done_.size()));
    }

  private:
    Progress progress_;
    size_t cells_;
    std::vector<double> cost_before_ = {0};
    std::vector<size_t> done_;  ///< cells, of each boot
    size_t ended_ = 0;
};

void announce(const Common& common, size_t kernels, size_t missing, size_t kept, int jobs) {
    const double usual =
        (kUsualBootSeconds + common.plan.estimated_instructions() / kUsualRate) *
        static_cast<double>(missing) /
        std::min(static_cast<double>(jobs), static_cast<double>(std::max<size_t>(1, missing)));
    fmt::print(stderr, "exact: {} kernel{} x {} seeds, {} cells per boot{}: about {}\n", kernels,
               kernels == 1 ? "" : "s", common.seeds, common.plan.cells.size(),
               kept > 0 ? fmt::format(", {} boots kept", kept) : "", format_duration(usual));
}

/// Boots what is not kept already, keeping each whole boot as it ends.
void boot_all(Runner& runner, std::vector<Contest>& contests, const Common& common, int jobs,
              const std::filesystem::path& journal) {
    const std::vector<Missing> missing = missing_boots(contests, common.seeds);
    announce(common, contests.size(), missing.size(), contests.size() * common.seeds - missing.size(), jobs);
    std::vector<BootSpec> specs;
    for (const Missing& one : missing) specs.push_back(one.boot->spec);
    BootProgress progress(common.plan, missing.size());
    runner.run(
        specs,
        [&](size_t index, const BootEvidence& evidence) {
            Boot& boot = *missing[index].boot;
            const BuiltKernel& kernel = *missing[index].kernel;
            boot.outcome = judge_lab_boot(evidence, image_version(kernel.image), expected_strategy(kernel));
            progress.boot_ended();
            if (boot.outcome.end == BootEnd::ok) {
                keep_boot(journal, boot.spec.name, boot.key, boot.outcome);
            } else {
                progress.note(
                    fmt::format("{} (seed {}): {}", boot.key.strategy, boot.spec.seed, boot.outcome.message));
            }
        },
        [&](const std::vector<std::string>& reports) { progress.update(reports); });
}

/// Adds a kernel and its cells to the run's result.
void add_contest(LabOutcome& outcome, const Contest& contest, const Common& common) {
    std::vector<const GuestReport*> reports;
    std::vector<std::string> failures;
    for (const Boot& boot : contest.boots) {
        const bool ok = boot.outcome.end == BootEnd::ok;
        reports.push_back(ok ? &boot.outcome.report : nullptr);
        failures.push_back(boot.outcome.message);
        if (!ok) {
            outcome.failures.push_back(
                fmt::format("{} (seed {}): {}", boot.key.strategy, boot.spec.seed, boot.outcome.message));
        }
    }
    const std::string& strategy = contest.kernel.info.strategy;
    std::vector<CellResult> cells = assemble_cells(strategy, common.plan, reports, failures);
    apply_declared_failures(cells, contest.kernel.declared.failing);
    outcome.result.kernels.push_back(contest.kernel.info);
    for (CellResult& cell : cells) outcome.result.cells.push_back(std::move(cell));
}

/// Where a run's time goes.
struct Spent {
    double boots = 0;              ///< wall time of all boots, in seconds
    double boots_processor = 0;    ///< processor time of the emulators
    double kernels_processor = 0;  ///< and of what builds kernels
};

Timings timings_of(const std::vector<Contest>& contests, const Spent& spent) {
    Timings timings;
    double seconds = 0;
    double instructions = 0;
    double first = 0;
    double rss = 0;
    for (const Contest& contest : contests) {
        timings.add(fmt::format("kernel {} built", contest.kernel.info.strategy), contest.kernel.seconds,
                    "s");
        for (const Boot& boot : contest.boots) {
            if (boot.kept || boot.outcome.end != BootEnd::ok) continue;
            seconds += boot.outcome.seconds;
            instructions += static_cast<double>(boot.outcome.report.end_ticks);
            first = std::max(first, boot.outcome.first_cell_seconds);
            rss = std::max(rss, boot.outcome.max_rss_mib);
        }
    }
    timings.add("all boots", spent.boots, "s");
    timings.add("processor time of building kernels", spent.kernels_processor / 60, "min");
    timings.add("processor time of boots", spent.boots_processor / 60, "min");
    if (seconds > 0) {
        timings.add("slowest boot to its first cell", first, "s");
        timings.add("guest instructions per second and guest", instructions / seconds / 1e6, "million");
        timings.add("largest QEMU", rss, "MiB");
    }
    return timings;
}

}  // namespace

BootKey boot_setting(const LabRequest& request, const Places& places) {
    return prepare(request, places).key;
}

LabOutcome run_lab(const LabRequest& request, const Places& places, const FirstCounted& first_counted) {
    require_contenders(request.kernels, places);
    require_axes(request.axes,
                 read_named_config(kernel_places(request.kernels, places).configs, request.kernels.config),
                 request.kernels.config);
    const Common common = prepare(request, places);
    LabOutcome outcome;
    std::vector<Contest> contests;
    LocalRunner runner(request.kernels.jobs);
    Spent spent;
    std::optional<RunDirectory> directory;
    const auto boot = [&](const std::vector<BuiltKernel>& kernels) {
        if (!directory) {
            directory.emplace(run_directory(request.run, places, "lab"));
            outcome.directory = directory->path;
            outcome.result.run = run_info(request, common, directory->id);
            outcome.result.environment = exact_environment(common.key.emulator);
            if (request.axes != GuestAxes{}) outcome.result.environment["guest"] = to_string(request.axes);
            if (common.paired_draws) outcome.result.environment[kDraws] = kPairedDraws;
            if (!common.left_out.empty()) {
                outcome.result.environment[kLeftOut] = common.left_out;
                Progress("exact").note(fmt::format(
                    "{} cells are left out in all kernels, as a contender is declared to fail there",
                    common.left_out.size()));
            }
            const std::vector<std::string> unported = unported_kernels(request.kernels, places);
            if (!unported.empty()) outcome.result.environment[kUnported] = unported;
            make_files(common, outcome.directory);
        }
        const auto start = std::chrono::steady_clock::now();
        const double processor = children_processor_seconds();
        std::vector<Contest> more;
        for (const BuiltKernel& kernel : kernels)
            more.push_back(contest_of(kernel, common, outcome.directory, request.run.resume));
        boot_all(runner, more, common, request.kernels.jobs, outcome.directory / "boots");
        for (Contest& contest : more) {
            add_contest(outcome, contest, common);
            contests.push_back(std::move(contest));
        }
        spent.boots += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        spent.boots_processor += children_processor_seconds() - processor;
    };
    const auto build = [&](const KernelRequest& kernels) {
        const double processor = children_processor_seconds();
        std::vector<BuiltKernel> built = contending_kernels(kernels, places);
        spent.kernels_processor += children_processor_seconds() - processor;
        return built;
    };

    const std::vector<KernelBase> bases = contending_bases(request.kernels, places);
    const std::vector<std::string> strategies =
        contending_strategies(request.kernels, places, bases.front()).ported;
    if ((strategies.size() > 1 || (!strategies.empty() && bases.size() > 1)) && first_counted) {
        // The first of them alone, so that it is counted before the others are built.
        boot(build(strategy_alone(request.kernels, bases.front(), strategies.front())));
        if (outcome.failures.empty()) first_counted(outcome.result);
    }
    std::vector<BuiltKernel> kernels = build(request.kernels);
    // What is counted already (and, where it was built then, how long that took) stays as it is.
    kernels.erase(kernels.begin(), kernels.begin() + static_cast<std::ptrdiff_t>(contests.size()));
    boot(kernels);
    save_result(outcome.result, outcome.directory / "result.json");
    timings_of(contests, spent).save(outcome.directory);
    return outcome;
}

}  // namespace stackshift
