// SPDX-License-Identifier: MIT
#include "results/load.h"

#include <fmt/format.h>

#include <algorithm>

#include "results/consistency.h"
#include "results/json.h"
#include "results/schema.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

[[noreturn]] void refuse(const std::filesystem::path& path, const Problem& problem) {
    const std::string place = problem.pointer.empty() ? "" : problem.pointer + ' ';
    throw Error(Exit::usage, fmt::format("{}: {}{}", path.string(), place, problem.message));
}

/// "FILE:LINE:COLUMN" of a byte offset (0-based; at the end of the text: where the next byte would stand).
std::string place_of(const std::filesystem::path& path, std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, offset);
    const std::size_t line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    return fmt::format("{}:{}:{}", path.string(), line, before.size() - line_start + 1);
}

ordered_json parse(const std::filesystem::path& path, const std::string& text) {
    if (text.empty()) throw Error(Exit::usage, fmt::format("{}: the file is empty", path.string()));
    try {
        return ordered_json::parse(text);
    } catch (const ordered_json::parse_error& error) {
        // `byte` is 1-based and counts the end of the text as one more byte.
        if (error.byte > text.size()) {
            throw Error(Exit::usage, fmt::format("{}: the JSON text ends too early (truncated file?)",
                                                 place_of(path, text, text.size())));
        }
        std::string detail = error.what();
        // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing value
        // - X"
        if (const std::size_t dash = detail.find(" - "); dash != std::string::npos)
            detail = detail.substr(dash + 3);
        throw Error(Exit::usage,
                    fmt::format("{}: not JSON: {}",
                                place_of(path, text, std::max<std::size_t>(error.byte, 1) - 1), detail));
    } catch (const ordered_json::exception& error) {
        throw Error(Exit::usage, fmt::format("{}: not JSON: {}", path.string(), error.what()));
    }
}

/// Before the schema, which knows one version only: a file of another kind or of a newer version is not a
/// broken one.
void require_kind(const std::filesystem::path& path, const ordered_json& document) {
    const std::string kind = "stackshift-result";
    if (!document.is_object()) refuse(path, {"", "is no result: the JSON text is not an object"});
    if (!document.contains("schema")) refuse(path, {"/schema", "is missing: this is no stackshift result"});
    if (document["schema"] != kind) {
        refuse(path,
               {"/schema",
                fmt::format("is {}, not \"{}\": this is no stackshift result",
                            document["schema"].is_string() ? document["schema"].dump() : "no string", kind)});
    }
    const auto version = document.find("schema_version");
    if (version != document.end() && version->is_number_integer() && *version > kSchemaVersion) {
        refuse(path, {"/schema_version", fmt::format("is version {}, this stackshift reads up to {}",
                                                     version->dump(), kSchemaVersion)});
    }
}

/// The schema cannot tell: valijson takes integers from 2^63 on for negative ones.
std::vector<std::uint64_t> counts(const std::filesystem::path& path, const ordered_json& array,
                                  const std::string& pointer) {
    std::vector<std::uint64_t> values;
    for (const ordered_json& item : array) {
        if (!item.is_number_unsigned()) {
            refuse(path, {fmt::format("{}/{}", pointer, values.size()), "is not a whole number from 0 on"});
        }
        values.push_back(item.get<std::uint64_t>());
    }
    return values;
}

Metric metric_of(const std::filesystem::path& path, const ordered_json& json, const std::string& pointer) {
    Metric metric;
    metric.unit = json["unit"];
    metric.better = json["better"];
    metric.n = json["n"];
    metric.median = json["median"];
    metric.mean = json["mean"];
    metric.min = json["min"];
    metric.max = json["max"];
    if (json.contains("samples")) metric.samples = json["samples"].get<std::vector<double>>();
    metric.groups = json.contains("groups") ? counts(path, json["groups"], pointer + "/groups")
                                            : std::vector<std::uint64_t>{metric.n};
    if (json.contains("group_medians")) {
        metric.group_medians = json["group_medians"].get<std::vector<double>>();
    } else if (metric.groups.size() == 1) {
        metric.group_medians = {metric.median};
    }
    if (!json.contains("samples_sha256")) return metric;
    const std::string digest = json["samples_sha256"];
    if (metric.samples.empty()) {
        metric.samples_sha256 = digest;
    } else if (digest != samples_digest(metric.samples)) {
        refuse(path, {pointer + "/samples_sha256", "is not that of the samples beside it"});
    }
    return metric;
}

/// The schema has let only known spellings through.
template <typename E>
E value_of(const ordered_json& json, const char* key) {
    return stackshift::parse<E>(json[key].get_ref<const std::string&>()).value();
}

CellResult cell_of(const std::filesystem::path& path, const ordered_json& json, const std::string& pointer) {
    CellResult cell;
    cell.cell.path = value_of<ExecPath>(json, "path");
    cell.cell.abi = value_of<Abi>(json, "abi");
    cell.cell.aslr = json["aslr"].get<bool>() ? Aslr::on : Aslr::off;
    cell.cell.pages = json["pages"];
    cell.cell.shape = value_of<Shape>(json, "shape");
    cell.cell.place = value_of<Place>(json, "place");
    if (const std::string name = cell.cell.name(); json["name"] != name) {
        refuse(path, {pointer + "/name", fmt::format("is {}, the cell's fields say \"{}\" (edited by hand?)",
                                                     json["name"].dump(), name)});
    }
    cell.strategy = json["strategy"];
    cell.status = value_of<CellStatus>(json, "status");
    cell.reason = json["reason"];
    cell.expected = json["expected"];
    if (json.contains("unavailable")) cell.unavailable = json["unavailable"];
    for (const auto& [name, metric] : json["metrics"].items()) {
        cell.metrics[name] = metric_of(path, metric, pointer + "/metrics" + pointer_step(name));
    }
    return cell;
}

KernelInfo kernel_of(const ordered_json& json) {
    KernelInfo kernel;
    kernel.strategy = json["strategy"];
    kernel.base = json["base"];
    kernel.config = json["config"];
    kernel.config_sha256 = json["config_sha256"];
    kernel.image_sha256 = json["image_sha256"];
    kernel.compiler = json["compiler"];
    for (const ordered_json& patch : json["patches"])
        kernel.patches.push_back({patch["file"], patch["sha256"]});
    return kernel;
}

RunInfo run_of(const std::filesystem::path& path, const ordered_json& json) {
    RunInfo run;
    run.id = json["id"];
    run.started = json["started"];
    run.instrument = value_of<Instrument>(json, "instrument");
    run.profile = json["profile"];
    run.suite_version = json["suite_version"];
    run.argv = json["argv"].get<std::vector<std::string>>();
    run.seeds = counts(path, json["seeds"], "/run/seeds");
    run.plan_sha256 = json["plan_sha256"];
    run.guest_sha256 = json["guest_sha256"];
    run.cmdline = json["cmdline"];
    run.emulator_args = json["emulator_args"].get<std::vector<std::string>>();
    return run;
}

}  // namespace

Result load_result(const std::filesystem::path& path) {
    const ordered_json document = parse(path, read_file(path));
    require_kind(path, document);
    if (const std::optional<Problem> problem = schema_violation(document)) refuse(path, *problem);
    Result result;
    result.run = run_of(path, document["run"]);
    result.environment = document["environment"];
    for (const ordered_json& kernel : document["kernels"]) result.kernels.push_back(kernel_of(kernel));
    for (const ordered_json& cell : document["cells"]) {
        result.cells.push_back(cell_of(path, cell, fmt::format("/cells/{}", result.cells.size())));
    }
    if (std::optional<Problem> problem = contradiction(result)) {
        problem->message += " (edited by hand?)";
        refuse(path, *problem);
    }
    return result;
}

}  // namespace stackshift
