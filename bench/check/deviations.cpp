// SPDX-License-Identifier: MIT
#include "check/deviations.h"

#include <fmt/format.h>

namespace stackshift {

const char* to_string(CheckRow::Status status) {
    switch (status) {
        case CheckRow::Status::ok:
            return "ok";
        case CheckRow::Status::deviation:
            return "deviation";
        case CheckRow::Status::failed:
            return "failed";
        case CheckRow::Status::skipped:
            return "skipped";
    }
    return "?";
}

void apply_deviations(const std::string& strategy, std::vector<CheckRow>& rows, const Declarations& declared,
                      bool all_ran) {
    std::vector<CheckRow> absent;
    for (const Declaration& deviation : declared.deviations) {
        bool ran = false;
        for (CheckRow& row : rows) {
            if (!deviation.is_of(row.test)) continue;
            ran = true;
            if (row.status == CheckRow::Status::ok) {
                row.status = CheckRow::Status::failed;
                row.reason = fmt::format("does what mainline does, though {} declares '{}'", deviation.where,
                                         deviation.seen);
            } else if (row.status == CheckRow::Status::failed && row.reason.empty() &&
                       deviation.has_seen(row.seen)) {
                row.status = CheckRow::Status::deviation;
                row.reason = deviation.reason;
            }
        }
        if (!ran && all_ran) {
            absent.push_back({strategy, deviation.names, "", CheckRow::Status::failed, "",
                              fmt::format("{} declares it, and there is no such test", deviation.where)});
        }
    }
    const std::string undeclared =
        declared.file.empty() ? "not what mainline does, and a prebuilt kernel declares nothing"
                              : fmt::format("not what mainline does, and not declared in {}", declared.file);
    for (CheckRow& row : rows) {
        if (row.status == CheckRow::Status::failed && row.reason.empty()) row.reason = undeclared;
    }
    rows.insert(rows.end(), absent.begin(), absent.end());
}

}  // namespace stackshift
