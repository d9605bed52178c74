// SPDX-License-Identifier: MIT
#include "page/inputs.h"

#include <fmt/format.h>

#include "check/result.h"
#include "results/load.h"
#include "results/metrics.h"
#include "results/parse.h"
#include "util/error.h"

namespace stackshift {
namespace {

/// A count in a clock result, or a time in an exact one, would land in a chart of the other unit.
void require_own_cells(const Result& result, const std::filesystem::path& path) {
    const bool exact = result.run.instrument == Instrument::exact;
    const char* const foreign = exact ? metrics::kTime : metrics::kInstructions;
    for (const CellResult& cell : result.cells) {
        if (!cell.metrics.contains(foreign)) continue;
        throw Error(Exit::usage,
                    fmt::format("{}: the cell {} of {} has the metric \"{}\", which the instrument "
                                "{} does not measure (edited by hand?)",
                                path.string(), cell.cell.name(), cell.strategy, foreign,
                                to_string(result.run.instrument)));
    }
}

}  // namespace

PageInputs load_inputs(const std::vector<std::filesystem::path>& paths) {
    PageInputs inputs;
    for (std::filesystem::path path : paths) {
        if (std::filesystem::is_directory(path)) path /= "result.json";
        const nlohmann::ordered_json document = parse_file(path);
        if (is_check_result(document)) {
            inputs.checks.push_back(check_result_from(document, path));
            continue;
        }
        Result result = result_from(document, path);
        require_own_cells(result, path);
        (result.run.instrument == Instrument::exact ? inputs.exact : inputs.clock)
            .push_back(std::move(result));
    }
    return inputs;
}

void forget_samples(PageInputs& inputs) {
    for (Result& result : inputs.exact)
        for (CellResult& cell : result.cells)
            for (auto& [name, metric] : cell.metrics) metric.samples = {};
}

}  // namespace stackshift
