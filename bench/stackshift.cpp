// SPDX-License-Identifier: MIT
// The command line.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "commands/commands.h"
#include "counters/event_names.h"
#include "util/error.h"
#include "util/interrupt.h"
#include "util/nearest.h"
#include "version.h"

using namespace stackshift;

namespace {

struct CommandLine {
    Options options;
    HostOptions host;
    CheckOptions check;
    std::vector<std::filesystem::path> files;
    std::vector<std::string> prebuilt;
    std::vector<std::string> strategies;
    std::vector<std::string> lab_events;
    std::string cell;
    unsigned execs = 0;
    bool timings = false;
};

void add_matrix_options(CLI::App& app, Options& options) {
    app.add_option("--profile", options.profile, "cells to run: smoke, quick or full")->capture_default_str();
    app.add_option("--filter", options.filter, "only cells whose name matches this regular expression");
}

void add_run_options(CLI::App& app, Options& options) {
    add_matrix_options(app, options);
    app.add_option("--out", options.out,
                   "directory of this run's files (default: runs/<id> in the work directory)");
}

void add_kernel_options(CLI::App& app, CommandLine& line) {
    app.add_option("--strategies", line.strategies,
                   "kernels to build and compare (folders of kernels/patches)")
        ->delimiter(',');
    app.add_option("--kernel", line.prebuilt, "NAME=IMAGE: a prebuilt bzImage as a contender");
    app.add_option("--kernel-source", line.options.kernel_source, "a kernel source tree instead of Debian's")
        ->envname("KERNEL_SOURCE");
    app.add_option("--jobs", line.options.jobs, "guests and compilers side by side")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
}

void add_lab_options(CLI::App& app, CommandLine& line) {
    add_run_options(app, line.options);
    add_kernel_options(app, line);
    app.add_option("--seeds", line.options.seeds,
                   "boots a kernel, each with ASLR draws of its own (default: 2 or 3)")
        ->check(CLI::PositiveNumber);
    app.add_flag("--resume", line.options.resume,
                 "go on from the finished boots in --out, or of the latest run");
    app.add_option("--timeout", line.options.timeout, "seconds for one boot (default: by the plan)")
        ->check(CLI::PositiveNumber);
    app.add_option("--baseline", line.options.baseline, "the kernel that others are compared with");
}

void add_host_options(CLI::App& app, HostOptions& host) {
    app.add_option("--cpu", host.cpu, "CPU to pin to (default: the last one allowed)")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--time", host.budget, "seconds for all rounds (default: 20, 60 or 300 by profile)")
        ->check(CLI::PositiveNumber);
    app.add_option("--events", host.events, "perf events to count, as libpfm4 spells them, or none")
        ->delimiter(',')
        ->default_str("a list: see README");
    app.add_option("--shuffle-seed", host.shuffle_seed, "seed of the cells' order in each round")
        ->capture_default_str();
}

void add_config_option(CLI::App& app, Options& options) {
    app.add_option("--config", options.config, "configuration: a file of kernels/config, without .config")
        ->capture_default_str();
}

void add_check_options(CLI::App& app, CommandLine& line) {
    app.add_option("--out", line.options.out,
                   "directory of this run's files (default: runs/<id> in the work directory)");
    add_kernel_options(app, line);
    app.add_option(
        "--config", line.options.config,
        "configuration of the kernels: check, or debug (KASAN, lockdep, ...; takes minutes a kernel)");
    app.add_option("--groups", line.check.groups, "only these groups of tests")->delimiter(',');
    app.add_option("--seed", line.check.seed, "of the guests' ASLR draws")->capture_default_str();
    app.add_option(
        "--append", line.check.append,
        "added to the guests' kernel command line, for a kernel of your own that takes parameters");
    app.add_option("--timeout", line.options.timeout, "seconds for one boot")->check(CLI::PositiveNumber);
}

/// Takes Google Benchmark's flags out of what CLI11 did not know; the rest is an error with the nearest name.
void take_extras(CLI::App& app, CommandLine& line, bool benchmark) {
    for (const std::string& extra : app.remaining()) {
        if (benchmark && extra.starts_with("--benchmark_")) {
            line.host.benchmark_args.push_back(extra);
            continue;
        }
        std::vector<std::string> known;
        if (extra.starts_with("-")) {
            for (const CLI::Option* option : app.get_options()) known.push_back(option->get_name());
            throw Error(Exit::usage, unknown_name_message("option", extra.substr(0, extra.find('=')), known));
        }
        const CLI::App* parent = app.get_parent() != nullptr ? app.get_parent() : &app;
        for (const CLI::App* command : parent->get_subcommands(nullptr)) known.push_back(command->get_name());
        throw Error(Exit::usage, unknown_name_message("command", extra, known));
    }
}

void read_lists(CommandLine& line) {
    line.options.strategies = line.strategies;
    for (const std::string& text : line.prebuilt) {
        const size_t equals = text.find('=');
        if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
            throw Error(Exit::usage, fmt::format("--kernel {}: give it as NAME=IMAGE", text));
        }
        line.options.prebuilt.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
}

int run_command_line(int argc, char** argv) {
    CommandLine line;
    line.options.argv.assign(argv, argv + argc);
    line.options.argv[0] = "stackshift";
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    line.options.jobs = cpus > 0 ? static_cast<int>(cpus) : 1;

    CLI::App app(
        "Counts and times execve() by argument size, ABI and ASLR, across kernels.\n"
        "Without a command: count (lab), then time (host), and show the tables.",
        "stackshift");
    app.set_version_flag("--version", std::string("stackshift ") + kVersion);
    app.allow_extras();
    add_lab_options(app, line);
    add_host_options(app, line.host);
    CLI::App* host = app.add_subcommand("host", "time the running kernel's execs (clock instrument)");
    add_run_options(*host, line.options);
    add_host_options(*host, line.host);
    host->add_option(
        "--perf-record", line.host.perf_record,
        "instead of timing, run the cells under perf, its files in this directory, and show where "
        "an exec spends its time");
    host->footer("Google Benchmark's own flags work too: --benchmark_out=FILE --benchmark_out_format=json");
    CLI::App* lab =
        app.add_subcommand("lab", "count execs in emulated guests, one kernel a strategy (exact instrument)");
    add_lab_options(*lab, line);
    lab->add_option("--events", line.lab_events,
                    "perf events to count in the guests too, as libpfm4 spells them (default: none)")
        ->delimiter(',');
    CLI::App* kernels = app.add_subcommand("kernels", "build the kernels");
    add_kernel_options(*kernels, line);
    add_config_option(*kernels, line.options);
    CLI::App* check = app.add_subcommand(
        "check",
        "conformance tests in every kernel: what of execve() a strategy changes, and what it breaks");
    add_check_options(*check, line);
    CLI::App* compare =
        app.add_subcommand("compare", "tables from result files (default: the latest lab run)");
    compare->add_option("results", line.files, "result.json files, or directories that hold one");
    compare->add_option("--baseline", line.options.baseline, "the kernel that others are compared with");
    compare->add_option("--filter", line.options.filter,
                        "only cells whose name matches this regular expression");
    CLI::App* chain =
        app.add_subcommand("chain", "run one cell's execs and nothing else (under perf, strace, ...)");
    chain->add_option("cell", line.cell, "its name, as list shows it")->required();
    chain->add_option("--execs", line.execs, "execs (default: as many as a plan has)")
        ->check(CLI::PositiveNumber);
    chain->add_option("--cpu", line.host.cpu, "CPU to pin to (default: the last one allowed)")
        ->check(CLI::NonNegativeNumber);
    CLI::App* list = app.add_subcommand("list", "strategies and cells");
    add_matrix_options(*list, line.options);
    list->add_flag("--timings", line.timings, "how long the parts of the last runs took");
    for (CLI::App* command : {host, lab, kernels, check, compare, list, chain}) {
        command->allow_extras();
    }
    for (CLI::App* command : {&app, host, lab, kernels, check, compare, list, chain}) {
        command->add_option("--work-dir", line.options.work, "where kernels and runs are kept");
    }

    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& success) {
        return app.exit(success);
    } catch (const CLI::ParseError& error) {
        throw Error(Exit::usage, error.what());
    }
    CLI::App* command = app.get_subcommands().empty() ? &app : app.get_subcommands().front();
    take_extras(*command, line, command == host || command == &app);
    if (command != &app) take_extras(app, line, false);
    read_lists(line);
    if (line.lab_events != std::vector<std::string>{"none"}) line.options.events = line.lab_events;
    if (line.host.events.empty()) line.host.events = default_events();
    if (line.host.events == std::vector<std::string>{"none"}) line.host.events.clear();
    catch_interrupts();
    if (command == host) return command_host(line.options, line.host);
    if (command == lab) return command_lab(line.options);
    if (command == check) {
        if (check->count("--config") == 0) line.options.config = "check";
        return command_check(line.options, line.check);
    }
    if (command == kernels) return command_kernels(line.options);
    if (command == compare) return command_compare(line.options, line.files);
    if (command == chain) return command_chain(line.options, line.host, line.cell, line.execs);
    if (command == list) return command_list(line.options, line.timings);
    return command_all(line.options, line.host);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run_command_line(argc, argv);
    } catch (const Error& error) {
        fmt::print(stderr, "stackshift: {}\n", error.what());
        return static_cast<int>(error.code);
    } catch (const std::exception& error) {
        fmt::print(stderr, "stackshift: {}\n", error.what());
        return static_cast<int>(Exit::environment);
    }
}
