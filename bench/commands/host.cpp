// SPDX-License-Identifier: MIT
#include "host/host.h"

#include <fmt/format.h>

#include <algorithm>

#include "commands/commands.h"
#include "compare/compare.h"
#include "host/perf_record.h"
#include "host/perf_text.h"
#include "results/result.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {

namespace {

int record(const Options& options, const HostOptions& host) {
    if (!host.benchmark_args.empty()) {
        throw Error(Exit::usage, fmt::format("--perf-record times nothing: leave {} out, or make two runs",
                                             host.benchmark_args.front()));
    }
    const std::filesystem::path directory = std::filesystem::absolute(host.perf_record);
    const PerfRecording recording = record_with_perf(options, host, directory, find_places(options.work));
    const std::string text = perf_text(recording);
    write_file_atomically(directory / "shares.txt", text);
    fmt::print("{}\nfiles: {} (perf report -i FILE)\n", text, directory.string());
    const bool none = std::all_of(recording.cells.begin(), recording.cells.end(),
                                  [](const RecordedCell& cell) { return !cell.failure.empty(); });
    return static_cast<int>(none ? Exit::run_failed : Exit::ok);
}

}  // namespace

int command_host(const Options& options, const HostOptions& host) {
    if (!host.perf_record.empty()) return record(options, host);
    const HostOutcome outcome = run_host(options, host, find_places(options.work));
    fmt::print("{}\nresult: {}\n", compare_text({outcome.result}, {}),
               (outcome.directory / "result.json").string());
    return static_cast<int>(has_unexpected_failure(outcome.result) ? Exit::run_failed : Exit::ok);
}

}  // namespace stackshift
