// SPDX-License-Identifier: MIT
// Options that several commands have.
#include <fmt/format.h>

#include "commands/command.h"
#include "counters/event_names.h"
#include "util/cpus.h"
#include "util/error.h"

namespace stackshift {
namespace {

std::pair<std::string, std::filesystem::path> prebuilt(const std::string& text) {
    const size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
        throw Error(Exit::usage, fmt::format("--kernel {}: give it as NAME=IMAGE", text));
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace

void add_matrix_options(CLI::App& app, MatrixRequest& request) {
    app.add_option("--profile", request.profile, "cells to run: smoke, quick or full")->capture_default_str();
    app.add_option("--filter", request.filter, "only cells whose name matches this regular expression");
}

void add_out_option(CLI::App& app, RunRequest& request) {
    app.add_option("--out", request.out,
                   "directory of this run's files (default: runs/<id> in the work directory)");
}

void add_source_option(CLI::App& app, KernelRequest& request) {
    app.add_option("--kernel-source", request.source, "a kernel source tree instead of Debian's")
        ->envname("KERNEL_SOURCE");
}

void add_base_option(CLI::App& app, KernelRequest& request) {
    app.add_option("--base", request.bases,
                   "lines of kernels to build on, of kernels/bases: 6.12,7.3 (default: 6.12, or what "
                   "--kernel-source is)")
        ->delimiter(',');
}

void add_kernel_options(CLI::App& app, KernelRequest& request) {
    app.add_option("--strategies", request.strategies,
                   "kernels to build and compare (folders of kernels/patches)")
        ->delimiter(',');
    app.add_option("--series", request.series,
                   "a strategy whose patches are compared one by one: NAME.1, NAME.2, ...");
    app.add_option_function<std::vector<std::string>>(
        "--kernel",
        [&request](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) request.prebuilt.push_back(prebuilt(text));
        },
        "NAME=IMAGE: a prebuilt bzImage as a contender");
    add_source_option(app, request);
    add_base_option(app, request);
    app.add_option("--tree", request.tree, "a Linux git tree (6.1 or newer), whose --revisions are compared");
    app.add_option("--revisions", request.revisions,
                   "of --tree: A,B, or A..B for every commit of a series, or WORKTREE")
        ->delimiter(',');
    app.add_flag("--phases", request.phases,
                 "put the patches on top of --revisions that stamp an exec's phases");
    request.jobs = allowed_cpus();
    app.add_option("--jobs", request.jobs,
                   "guests and compilers side by side (default: the CPUs that we may use)")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
}

void add_config_option(CLI::App& app, std::string& config, const std::string& description) {
    app.add_option("--config", config, description)->capture_default_str();
}

void add_cpu_option(CLI::App& app, int& cpu) {
    app.add_option("--cpu", cpu, "CPU to pin to (default: the last one allowed)")
        ->check(CLI::NonNegativeNumber);
}

void add_show_options(CLI::App& app, CompareOptions& options) {
    app.add_option("--baseline", options.baseline, "the kernel that others are compared with");
    app.add_flag("--all", options.all, "show every table, not only the answer");
}

void add_resume_option(CLI::App& app, RunRequest& run) {
    app.add_flag("--resume", run.resume, "go on from the finished boots in --out, or of the latest run");
}

void add_exact_options(CLI::App& app, LabRequest& request) {
    add_kernel_options(app, request.kernels);
    app.add_option("--seeds", request.seeds,
                   "boots per kernel, each with ASLR draws of its own (default: 2 or 3)")
        ->check(CLI::PositiveNumber);
    add_resume_option(app, request.run);
    app.add_option("--timeout", request.time_limit,
                   "seconds of processor time per boot (default: by the plan)")
        ->check(CLI::PositiveNumber);
}

void add_clock_options(CLI::App& app, HostRequest& request) {
    add_cpu_option(app, request.cpu);
    app.add_option("--time", request.budget, "seconds for all rounds (default: 20, 60 or 300 by profile)")
        ->check(CLI::PositiveNumber);
    request.events = default_events();
    app.add_option("--events", request.events, "perf events to count, as libpfm4 spells them, or none")
        ->delimiter(',')
        ->default_str("a list: see docs/events.md");
    app.add_option("--shuffle-seed", request.shuffle_seed, "seed of the cells' order in each round")
        ->capture_default_str();
}

}  // namespace stackshift
