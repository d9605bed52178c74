// SPDX-License-Identifier: MIT
#include "check/check.h"

#include <fmt/format.h>

#include <memory>

#include "check/result.h"
#include "commands/command.h"
#include "report/check_tables.h"
#include "util/error.h"

namespace stackshift {
namespace {

int check_and_show(const CheckRequest& request, const CommandContext& context) {
    const CheckOutcome outcome = run_check(request, find_places(context.work));
    const std::filesystem::path file = outcome.directory / "result.json";
    fmt::print("{}\nresult: {}\n", check_text(outcome.result), file.string());
    std::string bad;
    for (const CheckBoot& boot : outcome.result.boots) {
        if (!boot.message.empty())
            bad += fmt::format("\n  {} ({}): {}", boot.strategy, boot.machine, boot.message);
    }
    if (!bad.empty()) {
        throw Error(Exit::run_failed,
                    fmt::format("guests did not end as they should (the others are kept; --resume --out {} "
                                "boots these again):{}",
                                outcome.directory.string(), bad));
    }
    return static_cast<int>(has_failure(outcome.result) ? Exit::check_failed : Exit::ok);
}

}  // namespace

Subcommand add_check(CLI::App& parent, const CommandContext& context) {
    const auto request = std::make_shared<CheckRequest>();
    request->kernels.config = "conform";
    CLI::App* app = parent.add_subcommand(
        "check",
        "conformance tests in every kernel: what of execve() a strategy changes, and what it breaks");
    add_out_option(*app, request->run);
    add_resume_option(*app, request->run);
    add_kernel_options(*app, request->kernels);
    add_config_option(*app, request->kernels.config,
                      "configuration of the kernels: conform; distro (a security module, NUMA, LRU_GEN, "
                      "hardening); or debug "
                      "(KASAN, lockdep, ...; takes minutes per kernel)");
    app->add_option("--groups", request->groups, "only these groups of tests")->delimiter(',');
    app->add_option("--seed", request->seed, "of the guests' ASLR draws")->capture_default_str();
    app->add_option(
        "--append", request->append,
        "added to the guests' kernel command line, for a kernel of your own that takes parameters");
    app->add_option("--timeout", request->time_limit, "seconds of processor time per boot")
        ->check(CLI::PositiveNumber);
    const auto run = [request, &context] {
        // What stands on bench is for counts; the tests need conform's options below it.
        if (request->kernels.config == "distro") request->kernels.config = "check-distro";
        request->run.argv = context.argv;
        return check_and_show(*request, context);
    };
    return {app, run};
}

}  // namespace stackshift
