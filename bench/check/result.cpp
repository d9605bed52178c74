// SPDX-License-Identifier: MIT
#include "check/result.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "results/consistency.h"
#include "results/json.h"
#include "results/load.h"
#include "results/parse.h"
#include "results/problem.h"
#include "results/reader.h"
#include "results/save.h"
#include "run/version.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

constexpr const char* kKind = "stackshift-check";

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
    return {{"schema", kKind},
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

CheckRow::Status status_of(const std::string& text) {
    for (const CheckRow::Status status :
         {CheckRow::Status::ok, CheckRow::Status::deviation, CheckRow::Status::failed}) {
        if (text == to_string(status)) return status;
    }
    return CheckRow::Status::skipped;
}

/// First, for a clear word: a file of another kind or of a newer version is not a broken one.
void require_kind(const ordered_json& document) {
    if (!document.is_object()) throw Malformed({"", "is no result: the JSON text is not an object"});
    const Reader json(document);
    const std::string kind = json.string("schema");
    if (kind != kKind)
        throw Malformed(
            {"/schema", fmt::format("is \"{}\", not \"{}\": this is no result of check", kind, kKind)});
    if (const std::uint64_t version = json.count("schema_version", 1); version > 1) {
        throw Malformed(
            {"/schema_version", fmt::format("is version {}, this stackshift reads up to 1", version)});
    }
}

/// What a document says; what is wrong with one of its values throws Malformed. It accepts nothing that the
/// schema refuses.
CheckResult check_result_of(const ordered_json& document) {
    require_kind(document);
    const Reader json(document);
    const Reader run = json.object("run");
    CheckResult result;
    result.id = run.text("id");
    result.started = run.time("started");
    run.string("suite_version");
    result.argv = run.strings("argv");
    result.config = run.text("config");
    result.seed = run.count("seed");
    run.require_elements("groups");
    result.groups = run.strings("groups");
    result.guest_sha256 = run.sha256("guest_sha256");
    for (const Reader& kernel : json.objects("kernels")) result.kernels.push_back(kernel_of(kernel));
    for (const Reader& boot : json.objects("boots")) {
        result.boots.push_back({boot.string("strategy"), boot.one_of("machine", {"serial", "parallel"}),
                                boot.string("console"), boot.string("message"), boot.number("seconds", 0)});
    }
    for (const Reader& test : json.objects("tests")) {
        CheckRow row;
        row.strategy = test.text("strategy");
        row.test = test.text("test");
        row.machine = test.string("machine");
        row.status = status_of(test.one_of("status", {"ok", "deviation", "failed", "skipped"}));
        row.seen = test.string("seen");
        row.reason = test.string("reason");
        result.rows.push_back(std::move(row));
    }
    return result;
}

/// The first row whose test another row of the same kernel and machine has before it, or nothing.
std::optional<Problem> repeated_row(const std::vector<CheckRow>& rows) {
    std::map<std::array<std::string, 4>, std::size_t> seen;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const CheckRow& row = rows[i];
        // A row without a machine is of a declaration whose tests were not run: its reason names the line.
        const auto [first, is_new] =
            seen.try_emplace({row.strategy, row.test, row.machine, row.machine.empty() ? row.reason : ""}, i);
        if (is_new) continue;
        return Problem{fmt::format("/tests/{}", i), fmt::format("is the same test as /tests/{} ({} of {})",
                                                                first->second, row.test, row.strategy)};
    }
    return std::nullopt;
}

void require_once_each(const CheckResult& result) {
    std::optional<Problem> problem = repeated_kernel(result.kernels);
    if (!problem) problem = repeated_row(result.rows);
    if (problem) throw Malformed({problem->pointer, problem->message + " (edited by hand?)"});
}

}  // namespace

std::string to_json(const CheckResult& result) {
    const ordered_json document = document_of(result);
    try {
        require_once_each(check_result_of(document));
    } catch (const Malformed& problem) {
        throw Error(Exit::internal, fmt::format("internal error: result: {}", problem.what()));
    }
    return pretty_json(document);
}

void save_check_result(const CheckResult& result, const std::filesystem::path& path) {
    write_file_atomically(path, to_json(result));
}

CheckResult load_check_result(const std::filesystem::path& path) {
    return check_result_from(parse_file(path), path);
}

CheckResult check_result_from(const ordered_json& document, const std::filesystem::path& path) {
    try {
        CheckResult result = check_result_of(document);
        require_once_each(result);
        return result;
    } catch (const Malformed& problem) {
        throw Error(Exit::usage, fmt::format("{}: {}", path.string(), problem.what()));
    }
}

bool is_check_result(const ordered_json& document) {
    return document.is_object() && document.contains("schema") && document["schema"] == kKind;
}

bool has_failure(const CheckResult& result) {
    return std::any_of(result.rows.begin(), result.rows.end(),
                       [](const CheckRow& row) { return row.status == CheckRow::Status::failed; });
}

}  // namespace stackshift
