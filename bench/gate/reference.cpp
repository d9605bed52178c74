// SPDX-License-Identifier: MIT
#include "gate/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "boot/machine.h"
#include "gate/pairing.h"
#include "gate/reduced.h"
#include "matrix/plan.h"
#include "report/comparable.h"
#include "report/text_table.h"
#include "results/json.h"
#include "util/error.h"
#include "util/files.h"
#include "util/pattern.h"

namespace stackshift {
namespace {

constexpr const char* kSource = "kernel_source";
constexpr std::size_t kMostMismatches = 20;

[[noreturn]] void refuse(const std::string& why) {
    throw Error(Exit::usage, "no reference of this result: " + why);
}

/// The last thing in a version line that looks like a version: what a compiler's line ends with, and all that
/// QEMU's has.
std::string version_in(const std::string& line, const char* expression) {
    const std::vector<std::string> groups = Pattern(expression).groups(line);
    if (groups.empty()) refuse(fmt::format("'{}' names no version", line));
    return groups[1];
}

void require_one(const Result& result, const char* field, std::string KernelInfo::*member) {
    for (const KernelInfo& kernel : result.kernels) {
        if (kernel.*member != result.kernels[0].*member)
            refuse(fmt::format("its kernels have more than one {}: \"{}\" and \"{}\"", field,
                               result.kernels[0].*member, kernel.*member));
    }
}

void require_reproducible(const Result& result, const std::string& source) {
    if (result.run.instrument != Instrument::exact) refuse("it is one of the clock; times are no reference");
    if (result.kernels.empty()) refuse("it has no kernel");
    require_one(result, "base", &KernelInfo::base);
    require_one(result, "configuration", &KernelInfo::config);
    require_one(result, "compiler", &KernelInfo::compiler);
    for (const KernelInfo& kernel : result.kernels) {
        if (kernel.config == "unknown" || !kernel.commit.empty())
            refuse(fmt::format("{} is no strategy of kernels/patches, and so nobody else can build it",
                               kernel.strategy));
    }
    if (result.run.plan_sha256 != sha256(make_plan(result.run.profile).text()))
        refuse(fmt::format(
            "it is not the whole profile {}: make it without --filter and --events, by this version",
            result.run.profile));
    if (source.find(' ' + result.kernels[0].base) == std::string::npos)
        refuse(fmt::format("its kernels are of Linux {}, and the source here is {}", result.kernels[0].base,
                           source));
    for (const CellResult& cell : result.cells) {
        if (cell.status == CellStatus::failed && !cell.expected)
            refuse(fmt::format("{} of {} failed: {}", cell.cell.name(), cell.strategy, cell.reason));
    }
}

std::string strategies_of(const Result& result) {
    std::string names;
    for (const KernelInfo& kernel : result.kernels) names += (names.empty() ? "" : ",") + kernel.strategy;
    return names;
}

std::string how_to_make(const std::string& profile) {
    return fmt::format(
        "./run.sh lab --profile {} --out DIR, then ./run.sh reference "
        "--from DIR",
        profile);
}

void compare_values(const Metric& expected, const Metric& found,
                    const std::function<void(std::string)>& differs) {
    const auto compare = [&](const char* name, double a, double b) {
        if (a != b)
            differs(fmt::format("{} {} in the reference, {} here", name, json_number(a).dump(),
                                json_number(b).dump()));
        return a == b;
    };
    bool same = compare("n", static_cast<double>(expected.n), static_cast<double>(found.n));
    same = compare("median", expected.median, found.median) && same;
    same = compare("min", expected.min, found.min) && same;
    same = compare("max", expected.max, found.max) && same;
    if (!same) return;
    if (expected.group_medians != found.group_medians) return differs("the medians of single seeds");
    if (expected.samples_sha256 != found.samples_sha256) differs("single samples: their sha256 is another");
}

void compare_cells(const CellResult& expected, const CellResult& found, std::vector<Mismatch>& all) {
    const auto differs = [&](const std::string& metric, const std::string& what) {
        all.push_back({expected.strategy, expected.cell.name(), metric, what});
    };
    if (expected.status != found.status || expected.reason != found.reason) {
        const auto status = [](const CellResult& cell) {
            return std::string(to_string(cell.status)) +
                   (cell.reason.empty() ? "" : " (" + cell.reason + ")");
        };
        differs("", fmt::format("{} in the reference, {} here", status(expected), status(found)));
        return;
    }
    for (const auto& [name, metric] : expected.metrics) {
        const auto other = found.metrics.find(name);
        if (other == found.metrics.end()) {
            differs(name, "is not here");
        } else {
            compare_values(metric, other->second,
                           [&, n = name](const std::string& what) { differs(n, what); });
        }
    }
    for (const auto& [name, metric] : found.metrics) {
        if (!expected.metrics.contains(name)) differs(name, "is not in the reference");
    }
}

/// "direct: patch 0004 is another": why a kernel counts otherwise.
std::string kernel_changes(const Result& reference, const Result& found) {
    std::string text;
    for (const KernelInfo& kernel : found.kernels) {
        const KernelInfo* expected = find_kernel(reference, kernel.strategy);
        if (expected == nullptr || expected->image_sha256 == kernel.image_sha256) continue;
        std::string what;
        for (const PatchInfo& patch : kernel.patches) {
            if (std::none_of(expected->patches.begin(), expected->patches.end(),
                             [&](const PatchInfo& known) { return known.sha256 == patch.sha256; }))
                what += (what.empty() ? "new or changed patches: " : ", ") + patch.file;
        }
        if (what.empty() && kernel.patches.size() < expected->patches.size()) what = "patches are gone";
        if (what.empty() && kernel.config_sha256 != expected->config_sha256) what = "another configuration";
        if (what.empty()) what = "the same source and patches gave another image";
        text += wrapped("  ", fmt::format("{}: {}", kernel.strategy, what), 4);
    }
    return text.empty() ? "" : "\nKernels that are not the reference's:\n" + text;
}

}  // namespace

ReferenceSetting setting_of(const Result& reference) {
    const RunInfo& run = reference.run;
    return {run.profile,
            environment_text(reference, kSource),
            reference.kernels.empty() ? "" : reference.kernels[0].compiler,
            environment_text(reference, "emulator"),
            run.plan_sha256,
            run.guest_sha256,
            run.cmdline,
            run.emulator_args};
}

std::string reference_name(const Result& result) {
    if (result.kernels.empty()) refuse("it has no kernel");
    return fmt::format("linux-{}_gcc-{}_qemu-{}_{}.json", result.kernels[0].base,
                       version_in(result.kernels[0].compiler, R"((\d+(?:\.\d+)+)\D*$)"),
                       version_in(environment_text(result, "emulator"), R"(version (\d+(?:\.\d+)+))"),
                       result.run.profile);
}

Result make_reference(const Result& result, const std::string& source) {
    require_reproducible(result, source);
    Result reference = without_samples(result);
    // What it was typed as and where it ran names one machine; what anybody would type is this.
    reference.run.argv = {"stackshift",   "lab",
                          "--profile",    result.run.profile,
                          "--strategies", strategies_of(result),
                          "--seeds",      fmt::format("{}", result.run.seeds.size())};
    reference.environment = {{"accel", environment_text(result, "accel")},
                             {"emulator", environment_text(result, "emulator")},
                             {"compiler", environment_text(result, "compiler")},
                             {kSource, source}};
    return reference;
}

std::vector<std::string> differences(const ReferenceSetting& reference, const ReferenceSetting& here) {
    std::vector<std::string> all;
    const auto compare = [&](const char* field, const std::string& a, const std::string& b) {
        if (a != b) all.push_back(fmt::format("{}: \"{}\" in the reference, \"{}\" here", field, a, b));
    };
    compare("profile", reference.profile, here.profile);
    compare("kernel source", reference.source, here.source);
    compare("compiler", reference.compiler, here.compiler);
    if (!count_alike(reference.emulator, here.emulator))
        compare("emulator", reference.emulator, here.emulator);
    compare("plan (plan_sha256)", reference.plan_sha256, here.plan_sha256);
    compare("guest image (guest_sha256: libc6, libc6-i386, dash, and what the compiler makes of ours)",
            reference.guest_sha256, here.guest_sha256);
    compare("guest's command line", reference.cmdline, here.cmdline);
    if (reference.emulator_args != here.emulator_args) all.push_back("options of the emulator");
    return all;
}

const NamedReference& choose_reference(const std::vector<NamedReference>& references,
                                       const ReferenceSetting& here) {
    const NamedReference* nearest = nullptr;
    std::vector<std::string> least;
    for (const NamedReference& reference : references) {
        if (reference.result.run.profile != here.profile) continue;
        std::vector<std::string> found = differences(setting_of(reference.result), here);
        if (found.empty()) return reference;
        if (nearest == nullptr || found.size() < least.size()) {
            nearest = &reference;
            least = std::move(found);
        }
    }
    if (nearest == nullptr)
        throw Error(Exit::incomparable, fmt::format("there is no reference of profile {}; make one: {}",
                                                    here.profile, how_to_make(here.profile)));
    std::string text =
        fmt::format("no reference is for this machine. {} differs in:", nearest->file.filename().string());
    for (const std::string& difference : least) text += "\n  " + difference;
    throw Error(Exit::incomparable, text + "\nTo make one for this machine: " + how_to_make(here.profile));
}

std::vector<Mismatch> mismatches(const Result& reference, const Result& found) {
    const Result here = without_samples(found);
    std::map<std::pair<std::string, std::string>, const CellResult*> cells;
    for (const CellResult& cell : here.cells) cells[{cell.strategy, cell.cell.name()}] = &cell;
    std::vector<Mismatch> all;
    for (const CellResult& cell : reference.cells) {
        if (find_kernel(here, cell.strategy) == nullptr) continue;  // not asked for
        const auto other = cells.find({cell.strategy, cell.cell.name()});
        if (other == cells.end()) {
            all.push_back({cell.strategy, cell.cell.name(), "", "is not here"});
            continue;
        }
        compare_cells(cell, *other->second, all);
        cells.erase(other);
    }
    for (const auto& [name, cell] : cells) {
        if (find_kernel(reference, name.first))
            all.push_back({name.first, name.second, "", "is not in the reference"});
    }
    return all;
}

std::string verify_text(const NamedReference& reference, const Result& found,
                        const std::vector<Mismatch>& mismatches) {
    std::uint64_t samples = 0;
    for (const CellResult& cell : found.cells)
        for (const auto& [name, metric] : cell.metrics) samples += metric.n;
    const std::string file = reference.file.filename().string();
    if (mismatches.empty())
        return wrapped(
            "",
            fmt::format("VERIFIED: {} samples of {} cells of {} kernels are those of {}, bit for bit.",
                        samples, found.cells.size(), found.kernels.size(), file),
            2);
    std::set<std::pair<std::string, std::string>> cells;
    for (const Mismatch& mismatch : mismatches) cells.insert({mismatch.strategy, mismatch.cell});
    std::string text = wrapped(
        "",
        fmt::format("DIFFERENT: {} of {} cells are not those of {}.", cells.size(), found.cells.size(), file),
        2);
    text += kernel_changes(reference.result, found) + "\nWhat differs:\n";
    const std::size_t shown = std::min(kMostMismatches, mismatches.size());
    for (std::size_t i = 0; i < shown; ++i) {
        const Mismatch& one = mismatches[i];
        text += wrapped("  ",
                        fmt::format("{} {}{}: {}", one.strategy, one.cell,
                                    one.metric.empty() ? "" : " " + one.metric, one.what),
                        4);
    }
    if (shown < mismatches.size()) text += fmt::format("  and {} values more\n", mismatches.size() - shown);
    return text + "\n" +
           wrapped("",
                   fmt::format("Where the change is wanted, make the reference anew: {}.",
                               how_to_make(found.run.profile)),
                   0);
}

}  // namespace stackshift
