// SPDX-License-Identifier: MIT
#include "results/load.h"

#include <fmt/format.h>

#include <cstdint>

#include "results/consistency.h"
#include "results/json.h"
#include "results/parse.h"
#include "results/problem.h"
#include "results/timing.h"
#include "util/error.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

/// First, for a clear word: a file of another kind or of a newer version is not a broken one.
void require_kind(const ordered_json& document) {
    const std::string kind = "stackshift-result";
    if (!document.is_object()) throw Malformed({"", "is no result: the JSON text is not an object"});
    if (!document.contains("schema"))
        throw Malformed({"/schema", "is missing: this is no stackshift result"});
    if (document["schema"] != kind) {
        throw Malformed(
            {"/schema",
             fmt::format("is {}, not \"{}\": this is no stackshift result",
                         document["schema"].is_string() ? document["schema"].dump() : "no string", kind)});
    }
    const std::uint64_t version = Reader(document).count("schema_version", 1);
    if (version > kSchemaVersion) {
        throw Malformed({"/schema_version", fmt::format("is version {}, this stackshift reads up to {}",
                                                        version, kSchemaVersion)});
    }
}

Metric metric_of(const Reader& json) {
    Metric metric;
    if (!json.has("samples") && !json.has("samples_sha256"))
        throw Malformed({json.pointer(), "has neither samples nor samples_sha256"});
    metric.unit = json.text("unit");
    metric.better = json.one_of("better", {"lower", "higher", "none"});
    metric.n = json.count("n", 1);
    metric.median = json.number("median");
    metric.mean = json.number("mean");
    metric.min = json.number("min");
    metric.max = json.number("max");
    for (const char* array : {"samples", "groups", "group_medians"})
        if (json.has(array)) json.require_elements(array);
    if (json.has("samples")) metric.samples = json.numbers("samples");
    metric.groups = json.has("groups") ? json.counts("groups", 1) : std::vector<std::uint64_t>{metric.n};
    if (json.has("group_medians")) {
        metric.group_medians = json.numbers("group_medians");
    } else if (metric.groups.size() == 1) {
        metric.group_medians = {metric.median};
    }
    if (!json.has("samples_sha256")) return metric;
    const std::string digest = json.sha256("samples_sha256");
    if (metric.samples.empty()) {
        metric.samples_sha256 = digest;
    } else if (digest != samples_digest(metric.samples)) {
        throw Malformed({json.pointer_to("samples_sha256"), "is not that of the samples beside it"});
    }
    return metric;
}

CellResult cell_of(const Reader& json) {
    constexpr std::uint64_t kMostPages = 1000000;
    CellResult cell;
    cell.cell.path = json.one_of<ExecPath>("path");
    cell.cell.abi = json.one_of<Abi>("abi");
    cell.cell.aslr = json.flag("aslr") ? Aslr::on : Aslr::off;
    cell.cell.pages = static_cast<int>(json.count("pages", 0, kMostPages));
    cell.cell.shape = json.one_of<Shape>("shape");
    cell.cell.place = json.one_of<Place>("place");
    if (const std::string name = json.text("name"); name != cell.cell.name()) {
        throw Malformed(
            {json.pointer_to("name"), fmt::format("is \"{}\", the cell's fields say \"{}\" (edited by hand?)",
                                                  name, cell.cell.name())});
    }
    cell.strategy = json.text("strategy");
    cell.status = json.one_of<CellStatus>("status");
    cell.reason = json.string("reason");
    cell.expected = json.flag("expected");
    if (json.has("unavailable")) cell.unavailable = json.strings_by_name("unavailable");
    for (const auto& [name, metric] : json.objects_by_name("metrics")) cell.metrics[name] = metric_of(metric);
    return cell;
}

RunInfo run_of(const Reader& json) {
    RunInfo run;
    run.id = json.text("id");
    run.started = json.time("started");
    run.instrument = json.one_of<Instrument>("instrument");
    run.profile = json.text("profile");
    run.suite_version = json.string("suite_version");
    run.argv = json.strings("argv");
    run.seeds = json.counts("seeds");
    run.plan_sha256 = json.sha256("plan_sha256");
    run.guest_sha256 = json.sha256_or_empty("guest_sha256");
    run.cmdline = json.string("cmdline");
    run.emulator_args = json.strings("emulator_args");
    return run;
}

}  // namespace

KernelInfo kernel_of(const Reader& json) {
    KernelInfo kernel;
    kernel.strategy = json.text("strategy");
    kernel.base = json.string("base");
    kernel.config = json.string("config");
    kernel.config_sha256 = json.sha256_or_empty("config_sha256");
    kernel.image_sha256 = json.sha256_or_empty("image_sha256");
    kernel.compiler = json.string("compiler");
    for (const Reader& patch : json.objects("patches"))
        kernel.patches.push_back({patch.text("file"), patch.sha256("sha256")});
    // Files from before these were written have none.
    if (json.has("commit")) kernel.commit = json.string("commit");
    if (json.has("subject")) kernel.subject = json.string("subject");
    if (!json.has("intents")) return kernel;
    for (const Reader& intent : json.objects("intents"))
        kernel.intents.push_back({intent.text("asked"), intent.text("became")});
    return kernel;
}

Result result_of(const ordered_json& document) {
    require_kind(document);
    const Reader json(document);
    Result result;
    result.run = run_of(json.object("run"));
    result.environment = json.value("environment");
    json.object("environment").one_of("accel", {"tcg", "kvm", "host"});
    for (const Reader& kernel : json.objects("kernels")) result.kernels.push_back(kernel_of(kernel));
    for (const Reader& cell : json.objects("cells")) result.cells.push_back(cell_of(cell));
    return result;
}

Result load_result(const std::filesystem::path& path) {
    return result_from(parse_file(path), path);
}

Result result_from(const ordered_json& document, const std::filesystem::path& path) {
    try {
        Result result = result_of(document);
        if (std::optional<Problem> problem = contradiction(result)) {
            problem->message += " (edited by hand?)";
            throw Malformed(*problem);
        }
        require_valid_timing(result, path.string());
        return result;
    } catch (const Malformed& problem) {
        throw Error(Exit::usage, fmt::format("{}: {}", path.string(), problem.what()));
    }
}

}  // namespace stackshift
