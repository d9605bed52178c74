// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <memory>

#include "commands/command.h"
#include "kernels/strategies.h"
#include "page/charts.h"
#include "page/html.h"
#include "results/load.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

struct ReportOptions {
    std::vector<std::filesystem::path> files;
    std::filesystem::path out;
    std::filesystem::path before;
    std::filesystem::path history;
};

Result load_before(std::filesystem::path path) {
    if (std::filesystem::is_directory(path)) path /= "result.json";
    return load_result(path);
}

int make_page(const ReportOptions& options, const CommandContext& context) {
    const Places places = find_places(context.work);
    ReportRequest request;
    // A history is a page by itself.
    if (options.history.empty() || !options.files.empty())
        request.inputs = load_page_inputs(options.files, context);
    if (!options.before.empty()) {
        request.before = load_before(options.before);
    } else {
        forget_samples(request.inputs);
    }
    if (!options.history.empty()) request.history = history_of(load_history(options.history), {});
    request.sizes = sizes_of(evidence_of(request.inputs), context);
    request.about = strategy_lines(places);
    fmt::print("report: {}\n", write_report(request, options.out, places).string());
    return static_cast<int>(Exit::ok);
}

}  // namespace

PageInputs load_page_inputs(std::vector<std::filesystem::path> paths, const CommandContext& context) {
    if (paths.empty()) {
        for (const char* command : {"lab", "host", "check"})
            if (const auto latest = latest_result(command, context)) paths.push_back(*latest);
        if (paths.empty())
            throw Error(Exit::usage,
                        fmt::format("no result to look at: name a result.json, or make one first (lab); "
                                    "there is none in {}",
                                    find_places(context.work).runs().string()));
    }
    return load_inputs(paths);
}

std::map<std::string, std::string> strategy_lines(const Places& places) {
    std::map<std::string, std::string> lines;
    try {
        for (const Strategy& strategy : list_strategies(kernel_places({}, places)))
            lines[strategy.name] = strategy.about;
    } catch (const Error& error) {
        // Somebody's folder that is not right yet: its owner is told by the commands that build it.
        if (error.code != Exit::usage) throw;
    }
    return lines;
}

std::filesystem::path write_report(const ReportRequest& request, const std::filesystem::path& directory,
                                   const Places& places) {
    const ChartLibrary charts = load_charts(places.charts);
    if (!charts.there()) fmt::print(stderr, "stackshift: {}\n", charts.why_not);
    const std::filesystem::path page = std::filesystem::absolute(directory) / "index.html";
    write_file_atomically(page, page_html(make_report(request), charts));
    return page;
}

Subcommand add_report(CLI::App& parent, const CommandContext& context) {
    const auto options = std::make_shared<ReportOptions>();
    CLI::App* app = parent.add_subcommand(
        "report", "one page of results, with charts (default: of the latest lab, host and check run)");
    app->add_option("results", options->files,
                    "result.json files of lab, host and check, or directories that hold one");
    app->add_option("--out", options->out, "directory to write index.html to")->required();
    app->add_option("--before", options->before,
                    "a result of the same kernels from before: the page shows what has changed since");
    app->add_option("--history", options->history, "a folder of results: the page shows each cell's trend");
    const auto run = [options, &context] { return make_page(*options, context); };
    return {app, run};
}

}  // namespace stackshift
