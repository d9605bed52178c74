// SPDX-License-Identifier: MIT
// What a command of the command line is, and what commands have in common there.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/host.h"
#include "kernels/contenders.h"
#include "kernels/strategies.h"
#include "lab/lab.h"
#include "matrix/filter.h"
#include "report/claims.h"
#include "report/compare.h"
#include "run/directory.h"

namespace stackshift {

/// What every command is called with.
struct CommandContext {
    std::filesystem::path work;     ///< --work-dir
    std::vector<std::string> argv;  ///< the command line as typed, for results
};

/// A command whose options CLI11 knows. (util/process.h has a Command, which is run.)
struct Subcommand {
    CLI::App* app = nullptr;
    std::function<int()> run;  ///< returns an exit code, throws Error; called after parsing
    /// Where Google Benchmark's flags (--benchmark_...) go as they were typed; null: the command takes none.
    std::vector<std::string>* benchmark_args = nullptr;
};

/// The commands, a file each. `context` is complete once the command line has been parsed, and outlives the
/// command.
Subcommand add_lab(CLI::App& parent, const CommandContext& context);
Subcommand add_host(CLI::App& parent, const CommandContext& context);
Subcommand add_check(CLI::App& parent, const CommandContext& context);
Subcommand add_kernels(CLI::App& parent, const CommandContext& context);
Subcommand add_compare(CLI::App& parent, const CommandContext& context);
Subcommand add_list(CLI::App& parent, const CommandContext& context);
Subcommand add_export(CLI::App& parent, const CommandContext& context);
Subcommand add_justify(CLI::App& parent, const CommandContext& context);
Subcommand add_thread(CLI::App& parent, const CommandContext& context);
Subcommand add_bisect(CLI::App& parent, const CommandContext& context);
Subcommand add_gate(CLI::App& parent, const CommandContext& context);
Subcommand add_reference(CLI::App& parent, const CommandContext& context);
Subcommand add_verify(CLI::App& parent, const CommandContext& context);
Subcommand add_chain(CLI::App& parent, const CommandContext& context);
/// No command: the exact run, then the clock's, then what they found. Its options are `app`'s own.
Subcommand main_job(CLI::App& app, const CommandContext& context);

// Options that several commands have.
void add_matrix_options(CLI::App& app, MatrixRequest& request);
void add_out_option(CLI::App& app, RunRequest& request);
void add_resume_option(CLI::App& app, RunRequest& request);
void add_kernel_options(CLI::App& app, KernelRequest& request);
void add_source_option(CLI::App& app, KernelRequest& request);
void add_base_option(CLI::App& app, KernelRequest& request);
void add_config_option(CLI::App& app, std::string& config, const std::string& description);
void add_cpu_option(CLI::App& app, int& cpu);
/// How a result is shown.
void add_show_options(CLI::App& app, CompareOptions& options);
/// Those of an exact run that the main job has too: kernels, seeds, resume, time limit.
void add_exact_options(CLI::App& app, LabRequest& request);
/// Those of a clock run that the main job has too: CPU, time, events, order.
void add_clock_options(CLI::App& app, HostRequest& request);

/// The results in these files, or directories that hold one; where none is named, that of the latest run of
/// `command` in the work directory. Throws Error{usage} where there is none, and as load_result() does.
std::vector<Result> load_results(std::vector<std::filesystem::path> paths, const std::string& command,
                                 const CommandContext& context);

/// The result of the latest run of `command` in the work directory, if there is one.
std::optional<std::filesystem::path> latest_result(const std::string& command, const CommandContext& context);

/// The results of check in these files, or directories that hold one. Throws as load_check_result() does.
std::vector<CheckResult> load_check_results(const std::vector<std::filesystem::path>& paths);

/// How large the patches of a kernel are that its baseline (null: none) does not have, if they are still
/// those that were measured.
PatchSize size_of_series(const KernelInfo& kernel, const KernelInfo* baseline, const KernelPlaces& places);
/// Of each strategy that the evidence has a kernel of: without the patches that all have in common.
std::vector<PatchSize> sizes_of(const Evidence& evidence, const CommandContext& context);

/// Says what the first counted kernel says already, while the others are built (FirstCounted of lab/lab.h).
void show_first_answer(const Result& result);
/// The last line of a run: where its result is.
void print_place(std::FILE* out, const std::filesystem::path& directory, bool all);
/// Of a run that has been shown. Throws Error{run_failed} naming the boots that failed.
int exit_code(const LabOutcome& outcome);
int exit_code(const HostOutcome& outcome);
/// Where words for a reader go: to stderr where stdout belongs to a document.
std::FILE* reading_stream(const BenchmarkFlags& flags);
/// Shows the names of a run's cells, one per line (--benchmark_list_tests).
void print_cell_names(const HostRequest& request);

}  // namespace stackshift
