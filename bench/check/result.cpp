// SPDX-License-Identifier: MIT
#include "check/result.h"

#include <fmt/format.h>

#include <algorithm>

#include "results/json.h"
#include "results/load.h"
#include "results/problem.h"
#include "results/reader.h"
#include "results/save.h"
#include "run/version.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

ordered_json document_of(const CheckResult& result) {
    ordered_json kernels = ordered_json::array();
    for (const KernelInfo& kernel : result.kernels) kernels.push_back(kernel_json(kernel));
    ordered_json boots = ordered_json::array();
    for (const CheckBoot& boot : result.boots) {
        boots.push_back({{"strategy", boot.strategy},
                         {"machine", boot.machine},
                         {"console", boot.console},
                         {"message", boot.message},
                         {"seconds", boot.seconds}});
    }
    ordered_json tests = ordered_json::array();
    for (const CheckRow& row : result.rows) {
        tests.push_back({{"strategy", row.strategy},
                         {"test", row.test},
                         {"machine", row.machine},
                         {"status", to_string(row.status)},
                         {"seen", row.seen},
                         {"reason", row.reason}});
    }
    return {{"schema", "stackshift-check"},
            {"schema_version", 1},
            {"run",
             {{"id", result.id},
              {"started", result.started},
              {"suite_version", kVersion},
              {"argv", result.argv},
              {"config", result.config},
              {"seed", result.seed},
              {"groups", result.groups},
              {"guest_sha256", result.guest_sha256}}},
            {"kernels", std::move(kernels)},
            {"boots", std::move(boots)},
            {"tests", std::move(tests)}};
}

/// Nothing in the suite reads these files back; what it writes must be what the schema promises to others.
void require_well_formed(const ordered_json& document) {
    const Reader json(document);
    const Reader run = json.object("run");
    run.text("id");
    run.time("started");
    run.string("suite_version");
    run.strings("argv");
    run.text("config");
    run.count("seed");
    run.require_elements("groups");
    run.strings("groups");
    run.sha256("guest_sha256");
    for (const Reader& kernel : json.objects("kernels")) kernel_of(kernel);
    for (const Reader& boot : json.objects("boots")) {
        boot.string("strategy");
        boot.one_of("machine", {"serial", "parallel"});
        boot.string("console");
        boot.string("message");
        boot.number("seconds", 0);
    }
    for (const Reader& test : json.objects("tests")) {
        test.text("strategy");
        test.text("test");
        test.string("machine");
        test.one_of("status", {"ok", "deviation", "failed", "skipped"});
        test.string("seen");
        test.string("reason");
    }
}

}  // namespace

std::string to_json(const CheckResult& result) {
    const ordered_json document = document_of(result);
    try {
        require_well_formed(document);
    } catch (const Malformed& problem) {
        throw Error(Exit::internal, fmt::format("internal error: result: {}", problem.what()));
    }
    return pretty_json(document);
}

void save_check_result(const CheckResult& result, const std::filesystem::path& path) {
    write_file_atomically(path, to_json(result));
}

bool has_failure(const CheckResult& result) {
    return std::any_of(result.rows.begin(), result.rows.end(),
                       [](const CheckRow& row) { return row.status == CheckRow::Status::failed; });
}

}  // namespace stackshift
