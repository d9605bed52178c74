// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "commands/command.h"
#include "gate/reference.h"
#include "kernels/make.h"
#include "kernels/source.h"
#include "results/load.h"
#include "util/cpus.h"
#include "util/error.h"

namespace stackshift {
namespace {

/// A file, or all references of a folder.
std::vector<NamedReference> load_references(const std::filesystem::path& path) {
    if (std::filesystem::is_regular_file(path)) return {{path, load_result(path)}};
    std::vector<std::filesystem::path> files;
    std::error_code missing;  // no folder, no reference: what is said then is choose_reference()'s
    for (const auto& entry : std::filesystem::directory_iterator(path, missing)) {
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::vector<NamedReference> references;
    for (const std::filesystem::path& file : files) references.push_back({file, load_result(file)});
    return references;
}

ReferenceSetting setting_here(const LabRequest& request, const KernelBase& base, const Places& places) {
    const BootKey key = boot_setting(request, places);
    const std::filesystem::path work = kernel_places(request.kernels, places).build / ".work";
    return {request.matrix.profile,
            find_source(request.kernels.source, base, work).content,
            toolchain().compiler,
            key.emulator,
            key.plan_sha256,
            key.guest_sha256,
            key.cmdline,
            key.emulator_args};
}

/// The kernels, configuration and seeds that the reference holds.
void complete(LabRequest& request, const KernelBase& base, const Result& reference) {
    if (request.kernels.strategies.empty()) {
        for (const KernelInfo& kernel : reference.kernels)
            request.kernels.strategies.push_back(split_kernel_name(kernel.strategy).first);
    }
    for (const std::string& name : request.kernels.strategies) {
        if (std::none_of(reference.kernels.begin(), reference.kernels.end(), [&](const KernelInfo& kernel) {
                return kernel.strategy == kernel_name(name, base.name);
            }))
            throw Error(Exit::usage, fmt::format("--strategies: the reference does not hold '{}'", name));
    }
    request.kernels.config = reference.kernels.front().config;
    request.seeds = reference.run.seeds.size();
}

int verify(LabRequest request, std::filesystem::path from, const CommandContext& context) {
    const Places places = find_places(context.work);
    if (from.empty()) from = places.references;
    const std::vector<KernelBase> bases = contending_bases(request.kernels, places);
    if (bases.size() > 1) throw Error(Exit::usage, "a reference is of one base: give one --base");
    const KernelBase& base = bases.front();
    const std::vector<NamedReference> references = load_references(from);
    const ReferenceSetting setting = setting_here(request, base, places);
    const NamedReference& reference = choose_reference(references, setting);
    complete(request, base, reference.result);
    fmt::print(stderr, "verify: {}\n", reference.file.string());
    request.run.argv = context.argv;
    const LabOutcome outcome = run_lab(request, places);
    exit_code(outcome);
    const std::vector<Mismatch> found = mismatches(reference.result, outcome.result);
    fmt::print("{}", verify_text(reference, outcome.result, found));
    print_place(stdout, outcome.directory, true);
    return static_cast<int>(found.empty() ? Exit::ok : Exit::check_failed);
}

}  // namespace

Subcommand add_verify(CLI::App& parent, const CommandContext& context) {
    struct Options {
        LabRequest request;
        std::filesystem::path from;
    };
    const auto options = std::make_shared<Options>();
    LabRequest& request = options->request;
    request.kernels.jobs = allowed_cpus();
    CLI::App* app = parent.add_subcommand(
        "verify", "count again what a committed reference holds, and compare bit for bit");
    app->add_option("--profile", request.matrix.profile, "the reference's profile: smoke, quick or full")
        ->capture_default_str();
    app->add_option("--strategies", request.kernels.strategies, "only these of its kernels")->delimiter(',');
    app->add_option("--reference", options->from,
                    "a reference, or a folder of them (default: results/reference)");
    add_source_option(*app, request.kernels);
    add_base_option(*app, request.kernels);
    app->add_option("--jobs", request.kernels.jobs, "guests and compilers side by side")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    add_out_option(*app, request.run);
    add_resume_option(*app, request.run);
    return {app, [options, &context] { return verify(options->request, options->from, context); }};
}

}  // namespace stackshift
