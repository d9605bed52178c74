// SPDX-License-Identifier: MIT
#include "gate/gate.h"

#include <fmt/format.h>

#include <memory>

#include "commands/command.h"
#include "gate/baseline.h"
#include "gate/gate_text.h"
#include "gate/history_text.h"
#include "gate/null_test.h"
#include "gate/self_test.h"
#include "results/load.h"
#include "results/save.h"
#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {
namespace {

struct GateOptions {
    GateRequest request;
    std::filesystem::path result;
    std::filesystem::path baseline;
    std::filesystem::path history;
    std::vector<std::string> pairs;
    std::string rule;
    std::string reason;
    bool update = false;
    bool self_test = false;
    bool all = false;
};

Result load_run(std::filesystem::path path) {
    if (std::filesystem::is_directory(path)) path /= "result.json";
    return load_result(path);
}

KernelPair pair_of(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == text.size())
        throw Error(Exit::usage,
                    fmt::format("--pair {}: give it as FOUND=EXPECTED, two kernels' names", text));
    return {text.substr(equals + 1), text.substr(0, equals)};
}

GateRequest request_of(const GateOptions& options) {
    GateRequest request = options.request;
    for (const std::string& text : options.pairs) request.pairing.pairs.push_back(pair_of(text));
    if (options.rule.empty()) return request;
    request.rule = parse<GateRule>(options.rule);
    if (!request.rule)
        throw Error(Exit::usage, unknown_name_message("rule", options.rule, spellings<GateRule>()));
    return request;
}

/// Shows what the new baseline changes, as far as it can be told, and writes it.
int update(const GateOptions& options, const Result& result) {
    std::optional<Result> old;
    if (std::filesystem::exists(options.baseline)) old = load_result(options.baseline);
    const Result baseline = make_baseline(result, old ? &*old : nullptr, options.reason, timestamp());
    if (old) {
        try {
            fmt::print("Against the old baseline:\n{}\n",
                       gate_text(judge(*old, result, request_of(options)), options.all));
        } catch (const Error& error) {
            if (error.code != Exit::incomparable) throw;
            fmt::print("The old baseline was of another kind: {}\n\n", error.what());
        }
    }
    save_result(baseline, options.baseline);
    fmt::print("new baseline: {} ({} cells of run {}; reason: {})\n", options.baseline.string(),
               baseline.cells.size(), baseline.run.id, options.reason);
    return static_cast<int>(Exit::ok);
}

int gate(const GateOptions& options) {
    const Result baseline = load_run(options.baseline);
    const GateReport report = judge(baseline, load_run(options.result), request_of(options));
    fmt::print("{}", gate_text(report, options.all));
    if (const std::string reason = last_reason(baseline); !reason.empty())
        fmt::print("baseline: run {}, {}; reason: {}\n", baseline.run.id, baseline.run.started, reason);
    return static_cast<int>(report.fails() ? Exit::check_failed : Exit::ok);
}

int test_gate(const GateOptions& options) {
    const Result result = load_run(options.result);
    const std::vector<Plant> plants = self_test(result, request_of(options));
    fmt::print("{}", self_test_text(plants));
    if (result.run.instrument == Instrument::clock)
        fmt::print("{}", null_test_text(null_test(result, request_of(options))));
    for (const Plant& plant : plants) {
        if (!plant.caught) return static_cast<int>(Exit::check_failed);
    }
    return static_cast<int>(Exit::ok);
}

int run_gate(const GateOptions& options) {
    if (!options.history.empty()) {
        if (!options.result.empty() || !options.baseline.empty() || options.update || options.self_test)
            throw Error(Exit::usage,
                        "--history DIR looks at a folder: leave out RESULT, --baseline, --update and "
                        "--self-test");
        fmt::print("{}",
                   history_text(history_of(load_history(options.history), options.request), options.all));
        return static_cast<int>(Exit::ok);
    }
    if (options.result.empty())
        throw Error(Exit::usage, "gate needs a RESULT: a result.json, or the directory of a run");
    if (options.self_test) return test_gate(options);
    if (options.baseline.empty())
        throw Error(Exit::usage, "gate needs --baseline FILE (--update --reason TEXT makes one)");
    if (options.update) return update(options, load_run(options.result));
    if (!options.reason.empty()) throw Error(Exit::usage, "--reason belongs to --update");
    return gate(options);
}

}  // namespace

Subcommand add_gate(CLI::App& parent, const CommandContext&) {
    const auto options = std::make_shared<GateOptions>();
    GateRequest& request = options->request;
    CLI::App* app =
        parent.add_subcommand("gate", "hold a result against a baseline: exit code 0 as expected, 1 not");
    app->add_option("RESULT", options->result, "result.json, or the directory of a run");
    app->add_option("--baseline", options->baseline, "a baseline, or any result.json");
    app->add_flag("--update", options->update, "make RESULT the baseline: needs --reason");
    app->add_option("--reason", options->reason, "why these numbers are right now; recorded in the baseline");
    app->add_flag("--self-test", options->self_test,
                  "plant changes into copies of RESULT: the gate must find each");
    app->add_option("--history", options->history,
                    "a folder of results: each cell's trend, and where it stepped");
    app->add_option("--filter", request.filter, "only cells whose name matches this regular expression");
    app->add_option("--strategies", request.pairing.strategies, "only these kernels of the baseline")
        ->delimiter(',')
        ->allow_extra_args(false);
    app->add_option("--pair", options->pairs,
                    "FOUND=EXPECTED: hold kernel FOUND of the result against EXPECTED of the baseline")
        ->delimiter(',')
        ->allow_extra_args(false);
    app->add_option(
           "--metrics", request.metrics,
           "only these metrics (default: instructions, staging_cost, tlb.flush_all, tlb.flush_one and "
           "page_faults; clock: time)")
        ->delimiter(',')
        ->allow_extra_args(false);
    app->add_option("--rule", options->rule,
                    "equal: any change fails; not-worse: only one for the worse (default: equal for counts, "
                    "not-worse for times)");
    app->add_option("--floor", request.absolute_floor,
                    "a change is one above so much, in the metric's unit (default: 0)")
        ->check(CLI::NonNegativeNumber);
    app->add_option("--floor-percent", request.relative_floor,
                    "and above so many percent of the baseline (default: 0 for counts, 1 for times)")
        ->check(CLI::NonNegativeNumber);
    app->add_flag("--all", options->all, "list everything that is not equal");
    return {app, [options] { return run_gate(*options); }};
}

}  // namespace stackshift
