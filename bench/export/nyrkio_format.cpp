// SPDX-License-Identifier: MIT
// Nyrkiö: [{timestamp, metrics: [{name, unit, value, direction}], attributes: {git_repo, branch,
// git_commit}}] (nyrkio/nyrkio, backend/api/model.py). Every attribute is required. A point of its history is
// one commit; kernels of a git tree are commits themselves, and each becomes a point of its own.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "export/formats.h"
#include "results/json.h"
#include "util/error.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

ordered_json metric_of(const ExportRecord& record, bool with_strategy) {
    ordered_json metric = {{"name", with_strategy ? record.name() : record.cell.name() + '/' + record.metric},
                           {"unit", record.unit},
                           {"value", json_number(record.value)}};
    if (record.better != Better::none)
        metric["direction"] = record.better == Better::lower ? "lower_is_better" : "higher_is_better";
    return metric;
}

ordered_json attributes_of(const ExportContext& context, const std::string& commit) {
    std::string missing;
    for (const auto& [value, option] :
         {std::pair(context.repository, "--repository URL"), std::pair(context.branch, "--branch NAME"),
          std::pair(commit, "--commit HASH")}) {
        if (value.empty()) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", option);
    }
    if (!missing.empty())
        throw Error(Exit::usage,
                    "nyrkio: it takes no result without a place in a git history: add " + missing);
    return {{"git_repo", context.repository}, {"branch", context.branch}, {"git_commit", commit}};
}

std::string commit_of(const ExportData& data, const std::string& strategy) {
    const KernelInfo* kernel = data.kernel_of(strategy);
    return kernel == nullptr ? "" : kernel->commit;
}

ordered_json point(const ExportData& data, std::int64_t timestamp, const std::string& commit) {
    const bool given = commit.empty();
    ordered_json metrics = ordered_json::array();
    for (const ExportRecord& record : data.records) {
        if (commit_of(data, record.strategy) == commit) metrics.push_back(metric_of(record, given));
    }
    return {{"timestamp", timestamp},
            {"metrics", std::move(metrics)},
            {"attributes", attributes_of(data.context, given ? data.context.commit : commit)}};
}

}  // namespace

Exported nyrkio_export(const ExportData& data) {
    Exported exported;
    ordered_json points = ordered_json::array();
    std::vector<std::string> done;
    for (const std::string& strategy : data.strategies()) {
        const std::string commit = commit_of(data, strategy);
        if (std::find(done.begin(), done.end(), commit) != done.end()) continue;
        done.push_back(commit);
        // Points of one history need times of their own; a run's kernels are told apart by a second each.
        const auto order = static_cast<std::int64_t>(points.size());
        const std::int64_t started = started_seconds(data.result_of(strategy));
        ordered_json added = point(data, started + order, commit);
        if (!added["metrics"].empty()) points.push_back(std::move(added));
    }
    exported.left_out = gap_lines(data.gaps);
    exported.left_out.emplace_back("intervals and numbers of samples");
    exported.text = points.dump(2) + '\n';
    return exported;
}

}  // namespace stackshift
