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
            if (row.status == CheckRow::Status::ok && deviation.at_times) continue;
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

namespace {

/// Rows that rows_of_boot() makes of a boot and not of a test; they say why they failed.
bool is_of_boot(const CheckRow& row) {
    return row.test.starts_with("boot/");
}

/// What a test of another revision came to; ok where it was not made there.
const CheckRow* same_test(const std::vector<CheckRow>& rows, const std::string& test) {
    for (const CheckRow& row : rows)
        if (row.test == test) return &row;
    return nullptr;
}

}  // namespace

void apply_revision(const std::string& before_name, const std::vector<CheckRow>& before,
                    std::vector<CheckRow>& rows) {
    for (CheckRow& row : rows) {
        if (is_of_boot(row)) continue;
        const CheckRow* old = same_test(before, row.test);
        const bool was_other = old != nullptr && old->status == CheckRow::Status::failed;
        if (row.status == CheckRow::Status::failed && before.empty()) {
            row.status = CheckRow::Status::deviation;
            row.reason = "not what 6.12 does, and what the others are held against";
        } else if (row.status == CheckRow::Status::failed && was_other && old->seen == row.seen) {
            row.status = CheckRow::Status::deviation;
            row.reason = fmt::format("not what 6.12 does, as in {}", before_name);
        } else if (row.status == CheckRow::Status::failed) {
            row.reason = fmt::format("changed since {}, where it was {}", before_name,
                                     was_other ? fmt::format("'{}'", old->seen) : "as 6.12 does");
        } else if (row.status == CheckRow::Status::ok && was_other) {
            row.status = CheckRow::Status::deviation;
            row.reason =
                fmt::format("changed since {}, where it was '{}', to what 6.12 does", before_name, old->seen);
        }
    }
}

}  // namespace stackshift
