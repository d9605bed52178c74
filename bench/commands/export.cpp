// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <memory>

#include "commands/command.h"
#include "export/formats.h"
#include "results/load.h"
#include "util/error.h"
#include "util/files.h"
#include "util/nearest.h"

namespace stackshift {
namespace {

struct ExportOptions {
    std::string format;
    std::vector<std::filesystem::path> files;
    std::filesystem::path out;
    ExportRequest request;
    ExportContext context;
};

ExportFormat format_of(const std::string& name) {
    const std::optional<ExportFormat> format = parse<ExportFormat>(name);
    if (!format) throw Error(Exit::usage, unknown_name_message("format", name, spellings<ExportFormat>()));
    return *format;
}

int export_results(const ExportOptions& options, const CommandContext& context) {
    const ExportFormat format = format_of(options.format);
    const Exported exported = render(
        format, make_export(load_results(options.files, "lab", context), options.request, options.context));
    for (const std::string& line : exported.left_out)
        fmt::print(stderr, "stackshift: not in {}: {}\n", options.format, line);
    if (options.out.empty()) {
        fmt::print("{}", exported.text);
    } else {
        write_file_atomically(options.out, exported.text);
    }
    return static_cast<int>(Exit::ok);
}

}  // namespace

Subcommand add_export(CLI::App& parent, const CommandContext& context) {
    const auto options = std::make_shared<ExportOptions>();
    CLI::App* app = parent.add_subcommand(
        "export", "a result in the format of a dashboard or another tool (default: the latest lab run)");
    std::string formats;
    for (const std::string& name : spellings<ExportFormat>()) formats += (formats.empty() ? "" : ", ") + name;
    app->add_option("--format", options->format, formats)->required();
    app->add_option("results", options->files, "result.json files, or directories that hold one");
    app->add_option("--out", options->out, "file to write (default: standard output)");
    app->add_option("--filter", options->request.filter,
                    "only cells whose name matches this regular expression");
    app->add_option("--metrics", options->request.metrics,
                    "metrics, groups of them (phase, tlb, perf, child) or all (default: instructions, time, "
                    "staging_cost, page_faults, tlb)")
        ->delimiter(',')
        ->allow_extra_args(false);
    app->add_option("--origin", options->context.origin, "kcidb: the CI system's name")
        ->capture_default_str();
    app->add_option("--repository", options->context.repository, "nyrkio, kcidb: URL of the git repository");
    app->add_option("--branch", options->context.branch, "nyrkio, kcidb: the branch");
    app->add_option("--commit", options->context.commit, "nyrkio: the commit, where kernels have none");
    const auto run = [options, &context] { return export_results(*options, context); };
    return {app, run};
}

}  // namespace stackshift
