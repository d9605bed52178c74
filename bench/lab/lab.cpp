// SPDX-License-Identifier: MIT
#include "lab/lab.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <chrono>

#include "boot/initramfs.h"
#include "boot/journal.h"
#include "boot/runner.h"
#include "counters/event_names.h"
#include "lab/assemble.h"
#include "results/declared.h"
#include "results/save.h"
#include "run/environment.h"
#include "run/timings.h"
#include "run/version.h"
#include "util/error.h"
#include "util/files.h"
#include "util/nearest.h"
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
    size_t kernel = 0;
    BootOutcome outcome;
    bool kept = false;
};

std::vector<Boot> plan_boots(const std::vector<BuiltKernel>& kernels, std::uint64_t seeds,
                             const BootKey& common, const BootSpec& pattern) {
    std::vector<Boot> boots;
    // Seed by seed over all kernels: an interrupted run has compared what it has.
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        for (size_t k = 0; k < kernels.size(); ++k) {
            Boot boot;
            boot.kernel = k;
            boot.key = common;
            boot.key.strategy = kernels[k].info.strategy;
            boot.key.image_sha256 = kernels[k].info.image_sha256;
            boot.key.seed = seed;
            boot.spec = pattern;
            boot.spec.name = fmt::format("{}-seed{}", boot.key.strategy, seed);
            boot.spec.image = kernels[k].image;
            boot.spec.image_sha256 = kernels[k].info.image_sha256;
            boot.spec.seed = seed;
            boots.push_back(std::move(boot));
        }
    }
    return boots;
}

/// Boots what is not kept already, keeping each whole boot as it ends.
void boot_all(Runner& runner, std::vector<Boot>& boots, const std::vector<BuiltKernel>& kernels,
              const Plan& plan, const std::filesystem::path& journal) {
    std::vector<size_t> missing;
    std::vector<BootSpec> specs;
    for (size_t i = 0; i < boots.size(); ++i) {
        if (boots[i].kept) continue;
        missing.push_back(i);
        specs.push_back(boots[i].spec);
    }
    // Progress by estimated instructions: a large cell is worth hundreds of small ones.
    std::vector<double> cost_before = {0};
    for (const PlannedCell& planned : plan.cells) {
        cost_before.push_back(cost_before.back() + Plan{{planned}}.estimated_instructions());
    }
    Progress progress(fmt::format("exact: boot {} guests", boots.size()));
    size_t ended = boots.size() - missing.size();
    const auto cells = static_cast<double>(plan.cells.size());
    std::vector<size_t> cells_done(missing.size(), 0);
    const auto tick = [&](const std::vector<std::string>& reports) {
        double fraction = 0;
        for (size_t i = 0; i < reports.size(); ++i) {
            cells_done[i] = std::max(cells_done[i], count_cells(reports[i]));
            fraction += cost_before[std::min(cells_done[i], plan.cells.size())] / cost_before.back();
        }
        const auto kept = static_cast<double>(boots.size() - missing.size());
        progress.update((fraction + kept) * cells, static_cast<double>(boots.size()) * cells,
                        fmt::format("cells ({} of {} boots ended)", ended, boots.size()));
    };
    runner.run(
        specs,
        [&](size_t index, const BootEvidence& evidence) {
            Boot& boot = boots[missing[index]];
            const BuiltKernel& kernel = kernels[boot.kernel];
            boot.outcome = judge_lab_boot(evidence, image_version(kernel.image), expected_strategy(kernel));
            ++ended;
            if (boot.outcome.end == BootEnd::ok) {
                keep_boot(journal, boot.spec.name, boot.key, boot.outcome);
            } else {
                progress.note(
                    fmt::format("{} (seed {}): {}", boot.key.strategy, boot.spec.seed, boot.outcome.message));
            }
        },
        tick);
}

Timings timings_of(const std::vector<Boot>& boots, const std::vector<BuiltKernel>& kernels, double wall) {
    Timings timings;
    for (const BuiltKernel& kernel : kernels) {
        timings.add(fmt::format("kernel {} built", kernel.info.strategy), kernel.seconds, "s");
    }
    double seconds = 0;
    double instructions = 0;
    double first = 0;
    double rss = 0;
    for (const Boot& boot : boots) {
        if (boot.kept || boot.outcome.end != BootEnd::ok) continue;
        seconds += boot.outcome.seconds;
        instructions += static_cast<double>(boot.outcome.report.end_ticks);
        first = std::max(first, boot.outcome.first_cell_seconds);
        rss = std::max(rss, boot.outcome.max_rss_mib);
    }
    timings.add("all boots", wall, "s");
    if (seconds > 0) {
        timings.add("slowest boot to its first cell", first, "s");
        timings.add("guest instructions a second and guest", instructions / seconds / 1e6, "million");
        timings.add("largest QEMU", rss, "MiB");
    }
    return timings;
}

}  // namespace

LabOutcome run_lab(const LabRequest& request, const Places& places) {
    Plan plan = select_plan(request.matrix);
    for (const Event& event : encode_events(request.events))
        plan.events.push_back({event.name, encode_attr(event.attr)});
    BootKey common;
    common.emulator = emulator_version();
    const EmulatedMachine machine;
    common.emulator_args = machine.args();
    common.cmdline = machine.cmdline();
    const std::string plan_text = plan.text();
    const std::string image = make_guest_image(places.guest);
    common.plan_sha256 = sha256(plan_text);
    common.guest_sha256 = sha256(image);
    const std::vector<BuiltKernel> kernels = contending_kernels(request.kernels, places);

    LabOutcome outcome;
    RunInfo& run = outcome.result.run;
    const RunDirectory directory = run_directory(request.run, places, "lab");
    run.id = directory.id;
    outcome.directory = directory.path;
    const std::filesystem::path journal = outcome.directory / "boots";
    make_directories(journal);
    require_disk_space(outcome.directory, 64ULL << 20, "the run");
    write_file_atomically(outcome.directory / "plan", plan_text);
    write_file_atomically(outcome.directory / "initrd", image + make_plan_archive(plan_text));

    run.started = timestamp();
    run.instrument = "exact";
    run.profile = request.matrix.profile;
    run.suite_version = kVersion;
    run.argv = request.run.argv;
    run.plan_sha256 = common.plan_sha256;
    run.guest_sha256 = common.guest_sha256;
    run.cmdline = common.cmdline;
    run.emulator_args = common.emulator_args;
    const std::uint64_t seeds = seeds_of(request);
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) run.seeds.push_back(seed);
    outcome.result.environment = exact_environment(common.emulator);

    BootSpec pattern;
    pattern.machine = machine;
    pattern.cmdline = common.cmdline;
    pattern.initrd = outcome.directory / "initrd";
    pattern.directory = outcome.directory;
    pattern.time_limit = request.time_limit > 0 ? request.time_limit
                                                : kBootSeconds + plan.estimated_instructions() / kSlowestRate;
    std::vector<Boot> boots = plan_boots(kernels, seeds, common, pattern);
    for (Boot& boot : boots) {
        if (!request.run.resume) break;
        if (auto kept = kept_boot(journal, boot.spec.name, boot.key)) {
            boot.outcome = std::move(*kept);
            boot.kept = true;
        }
    }
    const auto missing =
        std::count_if(boots.begin(), boots.end(), [](const Boot& boot) { return !boot.kept; });
    const double usual = (kUsualBootSeconds + plan.estimated_instructions() / kUsualRate) *
                         static_cast<double>(missing) /
                         std::min<double>(request.kernels.jobs, static_cast<double>(std::max(1L, missing)));
    fmt::print(
        stderr, "exact: {} kernels x {} seeds, {} cells a boot{}: about {}\n", kernels.size(), seeds,
        plan.cells.size(),
        request.run.resume ? fmt::format(", {} boots kept", static_cast<long>(boots.size()) - missing) : "",
        format_duration(usual));

    const auto start = std::chrono::steady_clock::now();
    LocalRunner runner(request.kernels.jobs);
    boot_all(runner, boots, kernels, plan, journal);
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

    for (size_t k = 0; k < kernels.size(); ++k) {
        std::vector<const GuestReport*> reports;
        std::vector<std::string> failures;
        for (const Boot& boot : boots) {
            if (boot.kernel != k) continue;
            const bool ok = boot.outcome.end == BootEnd::ok;
            reports.push_back(ok ? &boot.outcome.report : nullptr);
            failures.push_back(boot.outcome.message);
            if (!ok) {
                outcome.failures.push_back(
                    fmt::format("{} (seed {}): {}", boot.key.strategy, boot.spec.seed, boot.outcome.message));
            }
        }
        outcome.result.kernels.push_back(kernels[k].info);
        const std::string& strategy = kernels[k].info.strategy;
        std::vector<CellResult> cells = assemble_cells(strategy, plan, reports, failures);
        apply_declared_failures(
            cells, read_declared_failures(places.kernels / "patches" / strategy / "declared-failures"));
        for (CellResult& cell : cells) outcome.result.cells.push_back(std::move(cell));
    }
    save_result(outcome.result, outcome.directory / "result.json");
    timings_of(boots, kernels, wall).save(outcome.directory);
    return outcome;
}

}  // namespace stackshift
