// SPDX-License-Identifier: MIT
#include "lab/lab.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <memory>
#include <optional>

#include "commands/command.h"
#include "lab/clock_lab.h"
#include "results/summary.h"
#include "results/timing.h"
#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {

void show_first_answer(const Result& result) {
    fmt::print(stderr, "first answer ({} alone; the others are being built):\n{}",
               result.kernels.front().strategy, first_answer_text(result));
}

int exit_code(const LabOutcome& outcome) {
    if (!outcome.failures.empty()) {
        std::string message = fmt::format(
            "{} boots failed (finished ones are kept; --resume --out {} goes on):", outcome.failures.size(),
            outcome.directory.string());
        for (const std::string& failure : outcome.failures) message += "\n  " + failure;
        throw Error(Exit::run_failed, message);
    }
    const bool unexpected = has_unexpected_failure(outcome.result);
    return static_cast<int>(unexpected ? Exit::run_failed : Exit::ok);
}

void print_place(std::FILE* out, const std::filesystem::path& directory, bool all) {
    fmt::print(out, "result: {}{}\n", (directory / "result.json").string(),
               all ? "" : " (every table: compare --all FILE)");
}

namespace {

/// What both instruments in guests are asked for, as it was typed.
struct LabOptions {
    LabRequest request;
    ClockLabRequest clock;
    Instrument instrument = Instrument::exact;
    CompareOptions compare;
};

/// The options that only one of the instruments has.
constexpr std::array kOnlyClock = {"--precision", "--time",         "--rounds",
                                   "--cpu",       "--shuffle-seed", "--untrusted-accel"};
constexpr std::array kOnlyExact = {"--seeds", "--resume", "--guest", "--paired-draws"};

void refuse_options_of(const CLI::App& app, Instrument instrument, const char* option) {
    if (app.count(option) == 0) return;
    throw Error(Exit::usage,
                fmt::format("{} is an option of --instrument {}", option, to_string(instrument)));
}

Instrument instrument_of(const std::string& text) {
    if (const std::optional<Instrument> known = parse<Instrument>(text)) return *known;
    throw Error(Exit::usage, unknown_name_message("instrument", text, {"exact", "clock"}));
}

Accelerator untrusted(const std::string& text) {
    const std::optional<Accelerator> known = parse<Accelerator>(text);
    if (known && *known != Accelerator::kvm) return *known;
    throw Error(Exit::usage,
                fmt::format("--untrusted-accel {}: it is tcg, which only tests the driver (without "
                            "this option guests run under KVM)",
                            text));
}

void add_instrument_options(CLI::App& app, const std::shared_ptr<LabOptions>& options) {
    app.add_option_function<std::string>(
           "--instrument", [options](const std::string& text) { options->instrument = instrument_of(text); },
           "exact: counts, in emulated guests; clock: times, in KVM guests")
        ->default_str("exact");
    RoundLimits& limits = options->clock.limits;
    app.add_option("--precision", limits.precision,
                   "clock: boots rounds until each cell's change is known to so many percent")
        ->check(CLI::PositiveNumber);
    app.add_option("--time", limits.seconds,
                   "clock: seconds for all rounds (default: 120, 600 or 3600 by profile)")
        ->check(CLI::PositiveNumber);
    app.add_option("--rounds", limits.rounds, "clock: so many rounds, whatever they take")
        ->check(CLI::PositiveNumber);
    add_cpu_option(app, options->clock.cpu);
    app.add_option("--shuffle-seed", options->clock.shuffle_seed,
                   "clock: seed of the boots' order in each round")
        ->capture_default_str();
    app.add_option_function<std::string>(
        "--untrusted-accel",
        [options](const std::string& text) { options->clock.accelerator = untrusted(text); },
        "clock: tcg, to test the driver where there is no KVM; the times are invalid, and never shown");
}

/// Emulated guests' times stay in their file.
void show(const ClockLabOutcome& outcome, const CompareOptions& compare) {
    const std::string invalid = timing_problem(outcome.result);
    if (!invalid.empty()) {
        fmt::print("{}. The driver ran {}; no times are shown.\n", invalid, outcome.ended);
    } else {
        fmt::print("{}\n{}\n", compare_text({outcome.result}, compare), outcome.ended);
    }
    print_place(stdout, outcome.directory, compare.all || !invalid.empty());
}

int exit_code(const ClockLabOutcome& outcome) {
    if (!outcome.failures.empty()) {
        throw Error(Exit::run_failed,
                    fmt::format("the rounds ended, for a boot failed (result.json has the whole "
                                "rounds before):\n  {}",
                                fmt::join(outcome.failures, "\n  ")));
    }
    return static_cast<int>(has_unexpected_failure(outcome.result) ? Exit::run_failed : Exit::ok);
}

int run_clock(const CLI::App& app, LabOptions& options, const CommandContext& context) {
    for (const char* option : kOnlyExact) refuse_options_of(app, Instrument::exact, option);
    ClockLabRequest& clock = options.clock;
    clock.matrix = options.request.matrix;
    clock.kernels = options.request.kernels;
    clock.run = options.request.run;
    clock.events = options.request.events;
    clock.time_limit = options.request.time_limit;
    const ClockLabOutcome outcome = run_clock_lab(clock, find_places(context.work));
    show(outcome, options.compare);
    return exit_code(outcome);
}

int run_exact(const CLI::App& app, LabOptions& options, const CommandContext& context) {
    for (const char* option : kOnlyClock) refuse_options_of(app, Instrument::clock, option);
    const LabOutcome outcome = run_lab(options.request, find_places(context.work), show_first_answer);
    fmt::print("{}\n", compare_text({outcome.result}, options.compare));
    print_place(stdout, outcome.directory, options.compare.all);
    return exit_code(outcome);
}

}  // namespace

Subcommand add_lab(CLI::App& parent, const CommandContext& context) {
    const auto options = std::make_shared<LabOptions>();
    CLI::App* app = parent.add_subcommand("lab",
                                          "measure execs in guests, one kernel per strategy: count them "
                                          "(exact instrument) or time them (clock)");
    add_matrix_options(*app, options->request.matrix);
    add_out_option(*app, options->request.run);
    add_exact_options(*app, options->request);
    add_instrument_options(*app, options);
    add_config_option(*app, options->request.kernels.config,
                      "configuration of the kernels: bench, or distro (what distributions ship)");
    app->add_option_function<std::vector<std::string>>(
           "--guest",
           [options](const std::vector<std::string>& texts) {
               options->request.axes = parse_guest_axes(texts);
           },
           "what the guests have beyond the usual: la57=on, pti=on, possible-cpus=N (with --config distro)")
        ->delimiter(',');
    app->add_flag(
        "--paired-draws", options->request.kernels.paired_draws,
        "let the same exec draw the same addresses in every kernel, so that differences are the code's "
        "(with a patch; such counts are compared with their like only)");
    add_show_options(*app, options->compare);
    app->add_option("--events", options->request.events,
                    "perf events to count in the guests too, as libpfm4 spells them (default: none)")
        ->delimiter(',');
    const auto run = [options, app, &context] {
        if (options->request.events == std::vector<std::string>{"none"}) options->request.events.clear();
        options->request.run.argv = context.argv;
        options->compare.events = !options->request.events.empty();
        return options->instrument == Instrument::clock ? run_clock(*app, *options, context)
                                                        : run_exact(*app, *options, context);
    };
    return {app, run};
}

}  // namespace stackshift
