// SPDX-License-Identifier: MIT
#include "check/check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "check/guest.h"
#include "check/kept.h"
#include "check/result.h"
#include "check/splats.h"
#include "check/tap.h"
#include "guest/groups.h"
#include "run/timings.h"
#include "util/error.h"
#include "util/files.h"
#include "util/nearest.h"
#include "util/progress.h"

namespace stackshift {
namespace {

// Ten times what a boot takes on an idle core. KASAN and lockdep multiply the instructions, and with LRU_GEN
// (configuration distro) an exec whose memory group is too small swaps for minutes before it is killed.
constexpr double kTimeLimit = 600;
constexpr double kLongTimeLimit = 2400;

bool is_debug(const std::string& config) {
    return config == "debug";
}

/// Two CPUs that run at the same time; instruction counting would make them take turns.
EmulatedMachine emulated(GroupMachine machine) {
    EmulatedMachine emulated;
    if (machine == GroupMachine::serial) return emulated;
    emulated.cpus = 2;
    emulated.icount = false;
    return emulated;
}

/// The groups to run, in their order.
std::vector<GroupInfo> chosen_groups(const std::vector<std::string>& wanted, const std::string& config) {
    std::vector<std::string> known;
    for (const GroupInfo& group : kGroups) known.emplace_back(group.name);
    for (const std::string& name : wanted) {
        if (!parse_group(name)) {
            throw Error(Exit::usage, unknown_name_message("group of tests", name, known));
        }
    }
    std::vector<GroupInfo> chosen;
    for (const GroupInfo& group : kGroups) {
        const bool named = std::find(wanted.begin(), wanted.end(), group.name) != wanted.end();
        const bool fits = group.machine != GroupMachine::debug || is_debug(config);
        if (named || (wanted.empty() && fits)) chosen.push_back(group);
    }
    return chosen;
}

/// One guest to boot: a machine and the groups that run there. Debug groups run on the parallel machine.
struct GuestPlan {
    GroupMachine machine;
    std::vector<std::string> groups;
};

std::vector<GuestPlan> plan_guests(const std::vector<GroupInfo>& groups) {
    std::vector<GuestPlan> plans;
    for (const GroupMachine machine : {GroupMachine::serial, GroupMachine::parallel}) {
        GuestPlan plan{machine, {}};
        for (const GroupInfo& group : groups) {
            if ((group.machine == GroupMachine::serial) == (machine == GroupMachine::serial)) {
                plan.groups.emplace_back(group.name);
            }
        }
        if (!plan.groups.empty()) plans.push_back(std::move(plan));
    }
    return plans;
}

std::string cmdline(const GuestPlan& plan, const CheckRequest& request) {
    std::string line = emulated(plan.machine).cmdline();
    // A backtrace per allocation doubles the run's time; the debug groups are those that scan.
    if (plan.machine == GroupMachine::serial && is_debug(request.kernels.config)) line += " kmemleak=off";
    // The kernel's own tests run at boot; group kernel reads how they ended.
    line += fmt::format(" kunit.enable=1 kunit.autorun=1 groups={}", fmt::join(plan.groups, ","));
    return request.append.empty() ? line : line + " " + request.append;
}

struct Guest {
    size_t kernel = 0;
    GroupMachine machine = GroupMachine::serial;
    BootSpec spec;
    BootKey key;
    BootEvidence evidence;
    bool kept = false;
};

/// Where a run keeps the guests that have ended.
std::filesystem::path journal_of(const std::filesystem::path& directory) {
    return directory / "boots";
}

std::vector<Guest> plan_boots(const std::vector<BuiltKernel>& kernels, const std::vector<GuestPlan>& plans,
                              const CheckRequest& request, const std::filesystem::path& directory,
                              const std::string& guest_sha256) {
    std::vector<Guest> guests;
    for (size_t k = 0; k < kernels.size(); ++k) {
        for (const GuestPlan& plan : plans) {
            Guest guest;
            guest.kernel = k;
            guest.machine = plan.machine;
            guest.spec.name = fmt::format("{}-{}", kernels[k].info.strategy, to_string(plan.machine));
            guest.spec.image = kernels[k].image;
            guest.spec.image_sha256 = kernels[k].info.image_sha256;
            guest.spec.seed = request.seed;
            guest.spec.machine = emulated(plan.machine);
            guest.spec.cmdline = cmdline(plan, request);
            guest.spec.initrd = directory / "initrd";
            guest.spec.directory = directory;
            guest.spec.time_limit = request.time_limit > 0                ? request.time_limit
                                    : request.kernels.config != "conform" ? kLongTimeLimit
                                                                          : kTimeLimit;
            guest.key.strategy = kernels[k].info.strategy;
            guest.key.image_sha256 = guest.spec.image_sha256;
            guest.key.seed = request.seed;
            guest.key.guest_sha256 = guest_sha256;
            guest.key.cmdline = guest.spec.cmdline;
            guest.key.emulator_args = guest.spec.machine.args();
            guest.key.emulator = emulator_version();
            if (request.run.resume) {
                if (auto kept = kept_guest(journal_of(directory), guest.spec.name, guest.key)) {
                    guest.evidence = std::move(*kept);
                    guest.kept = true;
                }
            }
            guests.push_back(std::move(guest));
        }
    }
    return guests;
}

/// Whether a guest has ended as it should, whatever its tests say.
bool ended_well(const BootEvidence& evidence, const BuiltKernel& kernel) {
    return judge_boot(evidence, parse_tap(evidence.report).facts, image_version(kernel.image),
                      expected_strategy(kernel))
               .end == BootEnd::ok;
}

/// Boots those of the guests that `which` names, and keeps each that ends well.
void boot_some(Runner& runner, std::vector<Guest>& guests, const std::vector<size_t>& which,
               const std::vector<BuiltKernel>& kernels) {
    std::vector<BootSpec> specs;
    for (const size_t index : which) specs.push_back(guests[index].spec);
    Progress progress(fmt::format("check: boot {} guests", specs.size()));
    size_t ended = 0;
    std::vector<size_t> counts(specs.size(), 0);
    std::string under_way;
    runner.run(
        specs,
        [&](size_t index, const BootEvidence& evidence) {
            Guest& guest = guests[which[index]];
            guest.evidence = evidence;
            if (ended_well(evidence, kernels[guest.kernel]))
                keep_guest(journal_of(guest.spec.directory), guest.spec.name, guest.key, evidence);
            ++ended;
        },
        [&](const std::vector<std::string>& reports) {
            size_t tests = 0;
            for (size_t i = 0; i < reports.size(); ++i) {
                const TapReport report = parse_tap(reports[i]);
                if (report.tests.size() != counts[i]) under_way = specs[i].name + ": " + report.group;
                counts[i] = report.tests.size();
                tests += counts[i];
            }
            progress.update(static_cast<double>(ended), static_cast<double>(specs.size()),
                            fmt::format("guests, {} tests  {}", tests, under_way));
        });
}

/// Boots all that are not kept. One that died on two CPUs before its first test is booted once more:
/// multi-threaded TCG sometimes loses against the patching of static keys while a kernel starts ("Oops:
/// int3"), which is no strategy's doing. What dies later is never booted again.
void boot_all(Runner& runner, std::vector<Guest>& guests, const std::vector<BuiltKernel>& kernels) {
    std::vector<size_t> missing;
    for (size_t i = 0; i < guests.size(); ++i)
        if (!guests[i].kept) missing.push_back(i);
    if (missing.empty()) return;
    boot_some(runner, guests, missing, kernels);
    std::vector<size_t> again;
    for (const size_t i : missing) {
        if (guests[i].machine != GroupMachine::serial && parse_tap(guests[i].evidence.report).tests.empty()) {
            const std::filesystem::path console = guests[i].evidence.console_path;
            std::filesystem::path kept = console;
            kept.replace_filename("first-" + console.filename().string());
            std::error_code error;
            std::filesystem::rename(console, kept, error);
            fmt::print(stderr, "check: {} died before its first test and is booted once more; log: {}\n",
                       guests[i].spec.name, kept.string());
            again.push_back(i);
        }
    }
    if (!again.empty()) boot_some(runner, guests, again, kernels);
}

/// What another strategy's guest reported on the same machine and this one did not: a test of what an exec
/// brought is not made where that exec failed, and that failure has a row of its own.
void add_unreached(std::vector<CheckRow>& rows, const std::vector<std::string>& strategies) {
    std::map<std::string, std::pair<std::string, std::set<std::string>>> seen_by;
    std::vector<std::string> order;
    for (const CheckRow& row : rows) {
        if (row.machine.empty()) continue;
        auto& [machine, names] = seen_by[row.test];
        if (names.empty()) order.push_back(row.test);
        machine = row.machine;
        names.insert(row.strategy);
    }
    for (const std::string& test : order) {
        for (const std::string& strategy : strategies) {
            if (seen_by[test].second.contains(strategy)) continue;
            rows.push_back({strategy, test, seen_by[test].first, CheckRow::Status::skipped,
                            "not reached: what it looks at did not come to be", ""});
        }
    }
}

}  // namespace

std::vector<CheckRow> rows_of_boot(const std::string& strategy, const std::string& machine,
                                   const BootEvidence& evidence, const std::string& expected_version,
                                   const std::string& expected_strategy) {
    std::vector<CheckRow> rows;
    const TapReport report = parse_tap(evidence.report);
    for (const TapTest& test : report.tests) {
        const auto status = test.status == TapTest::Status::ok        ? CheckRow::Status::ok
                            : test.status == TapTest::Status::skipped ? CheckRow::Status::skipped
                                                                      : CheckRow::Status::failed;
        rows.push_back({strategy, test.name, machine, status, test.seen, ""});
    }
    const std::vector<std::string> splats = find_splats(evidence.console);
    rows.push_back({strategy, "boot/" + machine + "-console", machine,
                    splats.empty() ? CheckRow::Status::ok : CheckRow::Status::failed,
                    fmt::format("{}", fmt::join(splats, "\n")),
                    splats.empty() ? "" : "the kernel complained; console log: " + evidence.console_path});
    const BootVerdict verdict = judge_boot(evidence, report.facts, expected_version, expected_strategy);
    const bool ok = verdict.end == BootEnd::ok;
    rows.push_back({strategy, "boot/" + machine + "-end", machine,
                    ok ? CheckRow::Status::ok : CheckRow::Status::failed, "", verdict.message});
    return rows;
}

CheckOutcome run_check(const CheckRequest& request, const Places& places) {
    emulator_version();
    const std::vector<GroupInfo> groups = chosen_groups(request.groups, request.kernels.config);
    const std::vector<GuestPlan> plans = plan_guests(groups);
    // What is wrong with the request is said before anything is built.
    require_contenders(request.kernels, places);
    if (contending_bases(request.kernels, places).size() > 1)
        throw Error(Exit::usage,
                    "check takes one --base at a time: its guests have the tests that come with that kernel");
    for (const GuestPlan& plan : plans) require_whole_cmdline(cmdline(plan, request));
    const std::vector<BuiltKernel> kernels = contending_kernels(request.kernels, places);
    const bool needs_kselftest = std::any_of(
        groups.begin(), groups.end(), [](const GroupInfo& group) { return group.group == Group::kernel; });
    const std::string image = make_check_image(places, request.kernels, needs_kselftest);

    CheckOutcome outcome;
    CheckResult& result = outcome.result;
    const RunDirectory directory = run_directory(request.run, places, "check");
    result.id = directory.id;
    outcome.directory = directory.path;
    make_directories(journal_of(outcome.directory));
    require_disk_space(outcome.directory, 64ULL << 20, "the run");
    write_file_atomically(outcome.directory / "initrd", image);
    result.started = timestamp();
    result.argv = request.run.argv;
    result.config = request.kernels.config;
    result.seed = request.seed;
    result.guest_sha256 = sha256(image);
    for (const GroupInfo& group : groups) result.groups.emplace_back(group.name);

    std::vector<Guest> guests = plan_boots(kernels, plans, request, outcome.directory, result.guest_sha256);
    const auto kept =
        std::count_if(guests.begin(), guests.end(), [](const Guest& guest) { return guest.kept; });
    fmt::print(stderr, "check: {} kernels, {} groups of tests, {} guests{}\n", kernels.size(), groups.size(),
               guests.size(), kept > 0 ? fmt::format(", {} of them kept", kept) : "");
    LocalRunner runner(request.kernels.jobs);
    boot_all(runner, guests, kernels);

    Timings timings;
    std::string revision_before;
    std::vector<CheckRow> rows_before;
    for (size_t k = 0; k < kernels.size(); ++k) {
        const std::string& strategy = kernels[k].info.strategy;
        std::vector<CheckRow> rows;
        for (const Guest& guest : guests) {
            if (guest.kernel != k) continue;
            const std::string machine(to_string(guest.machine));
            std::vector<CheckRow> more =
                rows_of_boot(strategy, machine, guest.evidence, image_version(kernels[k].image),
                             expected_strategy(kernels[k]));
            const std::string& message = more.back().reason;
            result.boots.push_back(
                {strategy, machine, guest.evidence.console_path, message, guest.evidence.seconds});
            timings.add(fmt::format("boot {}", guest.spec.name), guest.evidence.seconds, "s");
            rows.insert(rows.end(), more.begin(), more.end());
        }
        if (kernels[k].info.commit.empty()) {
            apply_deviations(strategy, rows, kernels[k].declared, request.groups.empty());
        } else {
            const std::vector<CheckRow> seen = rows;
            apply_revision(revision_before, rows_before, rows);
            revision_before = strategy;
            rows_before = seen;
        }
        result.rows.insert(result.rows.end(), rows.begin(), rows.end());
        result.kernels.push_back(kernels[k].info);
    }
    std::vector<std::string> strategies;
    for (const BuiltKernel& kernel : kernels) strategies.push_back(kernel.info.strategy);
    add_unreached(result.rows, strategies);
    save_check_result(result, outcome.directory / "result.json");
    timings.save(outcome.directory);
    return outcome;
}

}  // namespace stackshift
