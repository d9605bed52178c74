// SPDX-License-Identifier: MIT
#include "report/justify.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "commands/command.h"
#include "kernels/diffstat.h"
#include "results/load.h"
#include "util/error.h"
#include "util/files.h"
#include "util/process.h"

namespace stackshift {
namespace {

struct JustifyOptions {
    std::vector<std::string> strategies;
    std::vector<std::filesystem::path> files;
    std::vector<std::filesystem::path> checks;
    std::filesystem::path tree;
    std::filesystem::path out;
};

/// The named results by instrument, or the latest of the work directory.
void add_results(Justification& justification, const JustifyOptions& options, const CommandContext& context) {
    std::vector<Result> results = load_results(options.files, "lab", context);
    if (options.files.empty()) {
        if (const auto host = latest_result("host", context)) results.push_back(load_result(*host));
    }
    bool exact = false;
    for (Result& result : results) {
        const bool clock = result.run.instrument == Instrument::clock;
        if (clock ? justification.clock.has_value() : exact)
            throw Error(Exit::usage, fmt::format("run {}: a second result of the instrument {}: name one",
                                                 result.run.id, to_string(result.run.instrument)));
        if (clock) {
            justification.clock = std::move(result);
        } else {
            justification.exact = std::move(result);
            exact = true;
        }
    }
    if (!exact) throw Error(Exit::usage, "no exact result among these: name that of a lab run too");
}

void add_checks(Justification& justification, const JustifyOptions& options, const CommandContext& context) {
    std::vector<std::filesystem::path> files = options.checks;
    if (files.empty() && options.files.empty()) {
        if (const auto latest = latest_result("check", context)) files.push_back(*latest);
    }
    justification.checks = load_check_results(files);
}

/// What a commit changes against the baseline's.
PatchSize size_of_commit(const KernelInfo& kernel, const KernelInfo* baseline,
                         const std::filesystem::path& tree) {
    if (baseline == nullptr || baseline->commit.empty())
        return {kernel.strategy, "not known: what it is compared with is no commit", {}};
    if (tree.empty()) return {kernel.strategy, "not known: --tree DIR, the git tree, would tell", {}};
    std::string numbers;
    try {
        numbers = capture({"git", "-C", tree.string(), "diff", "--numstat", "--no-renames", baseline->commit,
                           kernel.commit});
    } catch (const Error& error) {
        if (error.code != Exit::run_failed) throw;
        throw Error(Exit::usage, fmt::format("--tree {}: no git tree that has {} and {}", tree.string(),
                                             baseline->commit.substr(0, 12), kernel.commit.substr(0, 12)));
    }
    const std::vector<FileChange> changes = read_numstat(numbers);
    return {kernel.strategy, change_text(changes), change_lines(changes)};
}

void add_sizes(Justification& justification, const JustifyOptions& options, const CommandContext& context) {
    const auto kernel_of = [&](const std::string& strategy) -> const KernelInfo* {
        for (const KernelInfo& kernel : justification.exact.kernels)
            if (kernel.strategy == strategy) return &kernel;
        return nullptr;
    };
    const KernelPlaces places = kernel_places({}, find_places(context.work));
    const KernelInfo* baseline = kernel_of(options.strategies.front());
    for (std::size_t i = 1; i < options.strategies.size(); ++i) {
        const KernelInfo* kernel = kernel_of(options.strategies[i]);
        if (kernel == nullptr) continue;
        justification.sizes.push_back(kernel->commit.empty()
                                          ? size_of_series(*kernel, baseline, places)
                                          : size_of_commit(*kernel, baseline, options.tree));
    }
}

/// Of a git tree's commits the kernels' order is the series'.
std::vector<std::string> strategies_of(const JustifyOptions& options, const Result& exact) {
    if (!options.strategies.empty()) return options.strategies;
    std::vector<std::string> names;
    for (const KernelInfo& kernel : exact.kernels)
        if (!kernel.commit.empty()) names.push_back(kernel.strategy);
    if (names.size() >= 2) return names;
    throw Error(
        Exit::usage,
        "--strategies A,B: what there was, and what is proposed (only commits of a git tree need no names)");
}

int justify(JustifyOptions options, const CommandContext& context) {
    Justification justification;
    add_results(justification, options, context);
    options.strategies = strategies_of(options, justification.exact);
    justification.strategies = options.strategies;
    add_checks(justification, options, context);
    add_sizes(justification, options, context);
    const std::string text = justify_text(justification);
    if (options.out.empty()) {
        fmt::print("{}", text);
    } else {
        write_file_atomically(options.out, text);
    }
    return static_cast<int>(Exit::ok);
}

}  // namespace

Subcommand add_justify(CLI::App& parent, const CommandContext& context) {
    const auto options = std::make_shared<JustifyOptions>();
    CLI::App* app = parent.add_subcommand(
        "justify", "what was measured of a change, as text for its commit message or cover letter");
    app->add_option("--strategies", options->strategies,
                    "what there was, and what is proposed; commits: all of the result, as it has them")
        ->delimiter(',')
        ->allow_extra_args(false);
    app->add_option(
        "results", options->files,
        "results of lab and host, or directories that hold one (default: the latest runs, check's too)");
    app->add_option("--check", options->checks, "result of check (may be given again)")
        ->allow_extra_args(false);
    app->add_option("--tree", options->tree, "the git tree of measured commits, to tell how large they are");
    app->add_option("--out", options->out, "file to write (default: standard output)");
    const auto run = [options, &context] { return justify(*options, context); };
    return {app, run};
}

}  // namespace stackshift
