// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <memory>

#include "commands/command.h"
#include "page/plots.h"
#include "results/json.h"
#include "util/error.h"
#include "util/files.h"
#include "util/process.h"

namespace stackshift {
namespace {

struct PlotOptions {
    std::vector<std::filesystem::path> files;
    std::filesystem::path out;
};

void require_programs(const Places& places) {
    const auto missing = [](const std::string& what, const std::string& packages) {
        throw Error(Exit::environment, fmt::format("{} is missing; Debian: sudo apt-get install "
                                                   "--no-install-recommends {}",
                                                   what, packages));
    };
    if (find_program("node").empty()) missing("Node, which draws plots,", "nodejs npm");
    if (find_program("rsvg-convert").empty())
        missing("rsvg-convert, which makes PNG of SVG,", "librsvg2-bin");
    if (!std::filesystem::exists(places.charts / "node_modules/vega-lite"))
        throw Error(Exit::environment,
                    "the chart library is not there; ./run.sh plot fetches it where npm is "
                    "installed (Debian: sudo apt-get install --no-install-recommends nodejs npm)");
}

/// Runs a program whose words are of use only where it fails.
void run_quietly(const std::vector<std::string>& argv, const std::filesystem::path& log) {
    const ExitStatus status = run({.argv = argv, .output = log});
    if (!status.ok())
        throw Error(Exit::run_failed, fmt::format("{} ended with {}:\n{}", argv.front(), status.describe(),
                                                  read_file_or(log, "")));
    std::filesystem::remove(log);
}

/// The specification, which others may draw from too, then the pictures.
void draw(const Figure& figure, const std::filesystem::path& out, const Places& places) {
    const auto file = [&](const char* ending) { return (out / (figure.id + ending)).string(); };
    write_file_atomically(file(".vl.json"), pretty_json(figure.spec));
    run_quietly({"node", (places.plots / "render.mjs").string(), places.charts.string(), file(".vl.json"),
                 file(".svg")},
                file(".log"));
    // Twice as fine as the SVG: sharp on today's screens and in print.
    run_quietly({"rsvg-convert", "--zoom", "2", "--output", file(".png"), file(".svg")}, file(".log"));
    fmt::print("{}\n{}\n", file(".svg"), file(".png"));
}

int plot(const PlotOptions& options, const CommandContext& context) {
    const Places places = find_places(context.work);
    const std::vector<Figure> plots = make_plots(load_page_inputs(options.files, context));
    require_programs(places);
    make_directories(options.out);
    for (const Figure& figure : plots) draw(figure, options.out, places);
    return static_cast<int>(Exit::ok);
}

}  // namespace

Subcommand add_plot(CLI::App& parent, const CommandContext& context) {
    const auto options = std::make_shared<PlotOptions>();
    CLI::App* app = parent.add_subcommand(
        "plot", "SVG and PNG figures of results, for mails and papers (default: of the latest runs)");
    app->add_option("results", options->files,
                    "result.json files of lab and host, or directories that hold one");
    app->add_option("--out", options->out, "directory to write them to")->required();
    const auto run = [options, &context] { return plot(*options, context); };
    return {app, run};
}

}  // namespace stackshift
