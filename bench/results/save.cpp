// SPDX-License-Identifier: MIT
#include "results/save.h"

#include <fmt/format.h>

#include <cmath>

#include "results/consistency.h"
#include "results/json.h"
#include "results/load.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

ordered_json numbers(const std::vector<double>& values) {
    ordered_json array = ordered_json::array();
    for (const double value : values) array.push_back(json_number(value));
    return array;
}

ordered_json metric_json(const Metric& metric) {
    ordered_json json = {{"unit", metric.unit},
                         {"better", metric.better},
                         {"n", metric.n},
                         {"median", json_number(metric.median)},
                         {"mean", json_number(metric.mean)},
                         {"min", json_number(metric.min)},
                         {"max", json_number(metric.max)},
                         {"groups", metric.groups},
                         {"group_medians", numbers(metric.group_medians)}};
    if (metric.group_medians.empty()) json.erase("group_medians");
    if (metric.samples.empty()) {
        json["samples_sha256"] = metric.samples_sha256;
    } else {
        json["samples"] = numbers(metric.samples);
    }
    return json;
}

ordered_json cell_json(const CellResult& cell) {
    ordered_json metrics = ordered_json::object();
    for (const auto& [name, metric] : cell.metrics) metrics[name] = metric_json(metric);
    ordered_json json = {{"name", cell.cell.name()},
                         {"strategy", cell.strategy},
                         {"path", to_string(cell.cell.path)},
                         {"abi", to_string(cell.cell.abi)},
                         {"aslr", cell.cell.aslr == Aslr::on},
                         {"pages", cell.cell.pages},
                         {"shape", to_string(cell.cell.shape)},
                         {"place", to_string(cell.cell.place)},
                         {"status", to_string(cell.status)},
                         {"reason", cell.reason},
                         {"expected", cell.expected},
                         {"metrics", std::move(metrics)}};
    if (!cell.unavailable.empty()) json["unavailable"] = cell.unavailable;
    return json;
}

ordered_json document_of(const Result& result) {
    ordered_json kernels = ordered_json::array();
    for (const KernelInfo& kernel : result.kernels) kernels.push_back(kernel_json(kernel));
    ordered_json cells = ordered_json::array();
    for (const CellResult& cell : result.cells) cells.push_back(cell_json(cell));
    const RunInfo& run = result.run;
    return {{"schema", "stackshift-result"},
            {"schema_version", kSchemaVersion},
            {"run",
             {{"id", run.id},
              {"started", run.started},
              {"instrument", to_string(run.instrument)},
              {"profile", run.profile},
              {"suite_version", run.suite_version},
              {"argv", run.argv},
              {"seeds", run.seeds},
              {"plan_sha256", run.plan_sha256},
              {"guest_sha256", run.guest_sha256},
              {"cmdline", run.cmdline},
              {"emulator_args", run.emulator_args}}},
            {"environment", result.environment},
            {"kernels", std::move(kernels)},
            {"cells", std::move(cells)}};
}

bool finite(const std::vector<double>& values) {
    for (const double value : values) {
        if (!std::isfinite(value)) return false;
    }
    return true;
}

/// JSON pointer of the first number in free-form JSON that no JSON text can hold, or empty.
std::string non_finite_place(const ordered_json& value, const std::string& pointer) {
    if (value.is_number_float() && !std::isfinite(value.get<double>())) return pointer;
    if (!value.is_structured()) return {};
    for (const auto& [key, member] : value.items()) {
        const std::string found = non_finite_place(member, pointer + pointer_step(key));
        if (!found.empty()) return found;
    }
    return {};
}

void require_finite(const Result& result) {
    for (const CellResult& cell : result.cells) {
        for (const auto& [name, metric] : cell.metrics) {
            if (finite(metric.samples) && finite(metric.group_medians) &&
                finite({metric.median, metric.mean, metric.min, metric.max})) {
                continue;
            }
            throw Error(Exit::run_failed,
                        fmt::format("result: metric {} of cell {} ({}) holds NaN or Infinity", name,
                                    cell.cell.name(), cell.strategy));
        }
    }
    const std::string place = non_finite_place(result.environment, "/environment");
    if (!place.empty()) throw Error(Exit::run_failed, fmt::format("result: {} is NaN or Infinity", place));
}

}  // namespace

ordered_json kernel_json(const KernelInfo& kernel) {
    ordered_json patches = ordered_json::array();
    for (const PatchInfo& patch : kernel.patches)
        patches.push_back({{"file", patch.file}, {"sha256", patch.sha256}});
    ordered_json intents = ordered_json::array();
    for (const ConfigIntent& intent : kernel.intents)
        intents.push_back({{"asked", intent.asked}, {"became", intent.became}});
    return {{"strategy", kernel.strategy},   {"base", kernel.base},
            {"config", kernel.config},       {"config_sha256", kernel.config_sha256},
            {"patches", std::move(patches)}, {"image_sha256", kernel.image_sha256},
            {"compiler", kernel.compiler},   {"intents", std::move(intents)},
            {"commit", kernel.commit},       {"subject", kernel.subject}};
}

std::string to_json(const Result& result) {
    require_finite(result);
    const ordered_json document = document_of(result);
    // A file that could not be read back must not be written. It is ours to get right: no fault of the
    // user's.
    try {
        if (const std::optional<Problem> problem = contradiction(result_of(document)))
            throw Malformed(*problem);
    } catch (const Malformed& problem) {
        throw Error(Exit::internal, fmt::format("internal error: result: {}", problem.what()));
    }
    return pretty_json(document);
}

void save_result(const Result& result, const std::filesystem::path& path) {
    write_file_atomically(path, to_json(result));
}

}  // namespace stackshift
