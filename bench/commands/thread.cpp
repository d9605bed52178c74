// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <memory>

#include "commands/command.h"
#include "report/thread_text.h"
#include "results/load.h"
#include "util/error.h"

namespace stackshift {
namespace {

struct ThreadOptions {
    std::vector<std::filesystem::path> files;
    std::vector<std::filesystem::path> checks;
};

/// Where nothing is named: the latest runs, as far as there are some.
void add_latest(ThreadOptions& options, const CommandContext& context) {
    for (const char* command : {"lab", "host"})
        if (const auto latest = latest_result(command, context)) options.files.push_back(*latest);
    if (const auto latest = latest_result("check", context)) options.checks.push_back(*latest);
    if (!options.files.empty() || !options.checks.empty()) return;
    throw Error(Exit::usage, fmt::format("no result to judge by: name some, or make one first (lab, check); "
                                         "there is none in {}",
                                         find_places(context.work).runs().string()));
}

Evidence evidence_of(ThreadOptions options, const CommandContext& context) {
    if (options.files.empty() && options.checks.empty()) add_latest(options, context);
    Evidence evidence;
    if (!options.files.empty()) {
        for (Result& result : load_results(options.files, "lab", context))
            (result.run.instrument == Instrument::clock ? evidence.clock : evidence.exact)
                .push_back(std::move(result));
    }
    evidence.checks = load_check_results(options.checks);
    evidence.sizes = sizes_of(evidence, context);
    return evidence;
}

}  // namespace

Subcommand add_thread(CLI::App& parent, const CommandContext& context) {
    const auto options = std::make_shared<ThreadOptions>();
    CLI::App* app = parent.add_subcommand(
        "thread", "what was claimed in the thread of 2009, and what results say of it: a verdict each");
    app->add_option(
        "results", options->files,
        "results of lab and host, or directories that hold one (default: the latest runs, check's "
        "too)");
    app->add_option("--check", options->checks, "result of check (may be given again)")
        ->allow_extra_args(false);
    const auto run = [options, &context] {
        fmt::print("{}", thread_text(judge_claims(evidence_of(*options, context))));
        return static_cast<int>(Exit::ok);
    };
    return {app, run};
}

}  // namespace stackshift
