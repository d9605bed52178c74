// SPDX-License-Identifier: MIT
#include "host/google_benchmark.h"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "matrix/filter.h"
#include "util/error.h"
#include "util/nearest.h"

namespace stackshift {
namespace {

constexpr unsigned kMostRepetitions = 10'000;

// What is read here, and needs a value.
constexpr std::array kValued = {"benchmark_filter", "benchmark_repetitions", "benchmark_format",
                                "benchmark_out", "benchmark_out_format"};
// What the library does with what it has been given.
constexpr std::array kPassed = {"benchmark_report_aggregates_only",
                                "benchmark_display_aggregates_only",
                                "benchmark_color",
                                "benchmark_counters_tabular",
                                "benchmark_context",
                                "benchmark_time_unit"};

// What would change how is measured, and whose business that is here.
struct Refused {
    const char* flag;
    const char* instead;
};
constexpr std::array kRefused = {
    Refused{"benchmark_min_time", "the time for all cells is --time SECONDS"},
    Refused{"benchmark_min_warmup_time", "each cell is warmed up by some execs"},
    Refused{"benchmark_perf_counters", "events are counted by --events NAMES"},
    Refused{"benchmark_enable_random_interleaving", "rounds are always shuffled (--shuffle-seed)"},
    Refused{"benchmark_dry_run", "the cells are shown by --benchmark_list_tests"}};

[[noreturn]] void refuse(const std::string& message) {
    throw Error(Exit::usage, message);
}

std::string one_of_formats(const std::string& flag, const std::string& value) {
    if (value == "console" || value == "json" || value == "csv") return value;
    refuse(fmt::format("--{}={}: it is console, json or csv", flag, value));
}

bool truth(const std::string& flag, const std::string& value) {
    for (const char* yes : {"", "1", "true", "yes", "on"})
        if (value == yes) return true;
    for (const char* no : {"0", "false", "no", "off"})
        if (value == no) return false;
    refuse(fmt::format("--{}={}: it is true or false", flag, value));
}

unsigned repetitions(const std::string& value) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number == 0 ||
        number > kMostRepetitions)
        refuse(
            fmt::format("--benchmark_repetitions={}: it is a number from 1 to {}", value, kMostRepetitions));
    return number;
}

/// Left as it is where the run then fails: nothing of a user's is lost for a mistake elsewhere.
void require_writable(const std::string& path) {
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd >= 0) {
        close(fd);
        return;
    }
    const bool ours = errno == ENOENT || errno == ENOTDIR || errno == EISDIR;
    throw Error(ours ? Exit::usage : Exit::environment,
                fmt::format("--benchmark_out={}: cannot be written: {}", path, std::strerror(errno)));
}

template <typename List>
bool is_in(const List& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

/// The library ends the program, successfully, where it cannot read these.
void require_readable_by_library(const std::string& flag, const std::string& value) {
    constexpr std::array kUnits = {"ns", "us", "ms", "s"};
    if (flag == "benchmark_time_unit" && !is_in(kUnits, value))
        refuse(fmt::format("--{}={}: it is ns, us, ms or s", flag, value));
    if (flag == "benchmark_context" && value.find('=') == std::string::npos)
        refuse(fmt::format("--{}={}: it is KEY=VALUE", flag, value));
}

void set_value(BenchmarkFlags& flags, const std::string& flag, const std::string& value) {
    if (flag == "benchmark_filter") {
        flags.inverted = value.starts_with('-');
        flags.filter = value.substr(flags.inverted ? 1 : 0);
        if (flags.filter == "all") flags.filter.clear();
    } else if (flag == "benchmark_repetitions") {
        flags.repetitions = repetitions(value);
    } else if (flag == "benchmark_format") {
        flags.format = one_of_formats(flag, value);
    } else if (flag == "benchmark_out_format") {
        flags.out_format = one_of_formats(flag, value);
    } else {
        flags.out = value;
    }
}

/// Names and times as they are meant: the library marks a name with how it thinks it was measured, and takes
/// the time of handing over the figures for the processor's.
void correct(std::vector<benchmark::BenchmarkReporter::Run>& runs) {
    for (auto& run : runs) {
        run.run_name.iterations.clear();
        run.run_name.repetitions.clear();
        run.run_name.time_type.clear();
        // An exec keeps its processor busy, and nothing else of it was measured.
        run.cpu_accumulated_time = run.real_accumulated_time;
    }
}

template <typename Reporter>
class Corrected : public Reporter {
  public:
    using Reporter::Reporter;
    void ReportRuns(const std::vector<benchmark::BenchmarkReporter::Run>& runs) override {
        std::vector<benchmark::BenchmarkReporter::Run> copy = runs;
        correct(copy);
        Reporter::ReportRuns(copy);
    }
};

/// Nothing.
class Silent : public benchmark::BenchmarkReporter {
  public:
    bool ReportContext(const Context& /*context*/) override { return true; }
    void ReportRuns(const std::vector<Run>& /*runs*/) override {}
};

std::unique_ptr<benchmark::BenchmarkReporter> reporter_of(const std::string& format) {
    if (format == "json") return std::make_unique<Corrected<benchmark::JSONReporter>>();
// Deprecated, but there is no other.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    if (format == "csv") return std::make_unique<Corrected<benchmark::CSVReporter>>();
#pragma GCC diagnostic pop
    if (format == "console") {
        using Console = Corrected<benchmark::ConsoleReporter>;
        return std::make_unique<Console>(isatty(STDOUT_FILENO) != 0
                                             ? benchmark::ConsoleReporter::OO_ColorTabular
                                             : benchmark::ConsoleReporter::OO_Tabular);
    }
    return std::make_unique<Silent>();
}

/// Hands one round's execs over, as the iterations of one repetition.
void hand_over(benchmark::State& state, const BenchmarkedCell& cell, std::size_t& round) {
    if (cell.rounds.empty()) {
        state.SkipWithError(cell.failure.c_str());
        return;
    }
    const std::vector<double>& execs = cell.rounds[std::min(round++, cell.rounds.size() - 1)];
    std::size_t next = 0;
    for ([[maybe_unused]] auto iteration : state) state.SetIterationTime(execs[next++] / 1e9);
}

void register_cell(const BenchmarkedCell& cell) {
    auto* const benchmark = benchmark::RegisterBenchmark(
        cell.name.c_str(),
        [&cell, round = std::size_t{0}](benchmark::State& state) mutable { hand_over(state, cell, round); });
    benchmark->UseManualTime();
    const bool empty = cell.rounds.empty();
    benchmark->Iterations(empty ? 1 : static_cast<benchmark::IterationCount>(cell.rounds.front().size()));
    benchmark->Repetitions(empty ? 1 : static_cast<int>(cell.rounds.size()));
}

}  // namespace

Plan BenchmarkFlags::select(const Plan& plan) const {
    const CellFilter cells("--benchmark_filter", filter);
    Plan selected;
    for (const PlannedCell& planned : plan.cells) {
        if (cells.takes(planned.cell) != inverted) selected.cells.push_back(planned);
    }
    if (selected.cells.empty()) {
        refuse(fmt::format(
            "--benchmark_filter={}{} takes none of the {} cells (--benchmark_list_tests shows them)",
            inverted ? "-" : "", filter, plan.cells.size()));
    }
    return selected;
}

BenchmarkFlags parse_benchmark_flags(const std::vector<std::string>& args) {
    BenchmarkFlags flags;
    for (const std::string& arg : args) {
        const std::size_t equals = arg.find('=');
        const bool valued = equals != std::string::npos;
        const std::string flag = arg.substr(2, valued ? equals - 2 : equals);
        const std::string value = valued ? arg.substr(equals + 1) : "";
        for (const Refused& refused : kRefused) {
            if (flag == refused.flag) refuse(fmt::format("--{} is not used here: {}", flag, refused.instead));
        }
        if (is_in(kValued, flag)) {
            if (!valued) refuse(fmt::format("--{0}: write --{0}=VALUE", flag));
            set_value(flags, flag, value);
        } else if (is_in(kPassed, flag)) {
            require_readable_by_library(flag, value);
            flags.passed.push_back(arg);
        } else if (flag == "benchmark_list_tests") {
            flags.list = truth(flag, value);
        } else {
            std::vector<std::string> known(kValued.begin(), kValued.end());
            known.insert(known.end(), kPassed.begin(), kPassed.end());
            refuse(unknown_name_message("option", flag, known));
        }
    }
    CellFilter("--benchmark_filter", flags.filter);
    if (!flags.out.empty()) require_writable(flags.out);
    return flags;
}

void write_benchmark_documents(const BenchmarkFlags& flags, const std::vector<BenchmarkedCell>& cells,
                               const std::map<std::string, std::string>& context) {
    if (flags.format.empty() && flags.out.empty()) return;
    // The library keeps the pointers.
    static std::vector<std::string> words;
    words = {"stackshift"};
    words.insert(words.end(), flags.passed.begin(), flags.passed.end());
    if (!flags.out.empty()) words.push_back("--benchmark_out=" + flags.out);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    int argc = static_cast<int>(argv.size());
    benchmark::SetDefaultTimeUnit(benchmark::kMicrosecond);
    benchmark::Initialize(&argc, argv.data());
    for (const auto& [key, value] : context) benchmark::AddCustomContext(key, value);
    for (const BenchmarkedCell& cell : cells) register_cell(cell);
    const auto display = reporter_of(flags.format);
    const auto file = reporter_of(flags.out_format);
    benchmark::RunSpecifiedBenchmarks(display.get(), flags.out.empty() ? nullptr : file.get(), ".");
    benchmark::Shutdown();
}

}  // namespace stackshift
