// SPDX-License-Identifier: MIT
// KCIDB 5.3 (kernelci/kcidb-io, kcidb_io/schema/v05_03.py): a checkout and a build a kernel, and a test a
// quantity, with one number each. It has no intervals and no directions; those stand in `misc`, which is
// free.
#include <fmt/format.h>

#include <algorithm>

#include "export/formats.h"
#include "report/comparable.h"
#include "results/json.h"
#include "util/error.h"
#include "util/files.h"
#include "util/pattern.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

/// A test's path is of words joined by dots, each of letters, digits, '_' and '-'.
std::string path_word(const std::string& text) {
    std::string word;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '_' || c == '-';
        word += plain ? c : '-';
    }
    return word;
}

/// "stackshift.self-exec.native.aslr.argv-8p.long.phase-place".
std::string test_path(const Cell& cell, const std::string& metric) {
    std::string path = "stackshift";
    const std::string name = cell.name() + (metric.empty() ? "" : '/' + path_word(metric));
    for (std::size_t start = 0; start <= name.size();) {
        const std::size_t end = std::min(name.find('/', start), name.size());
        path += '.' + path_word(name.substr(start, end - start));
        start = end + 1;
    }
    return path;
}

/// How KCIDB hashes a patchset: of the patches' own hashes, a line each; empty where there is none.
std::string patchset_hash(const KernelInfo& kernel) {
    if (kernel.patches.empty()) return "";
    std::string lines;
    for (const PatchInfo& patch : kernel.patches) lines += patch.sha256 + '\n';
    return sha256(lines);
}

/// What KCIDB's objects call each other.
class Ids {
  public:
    explicit Ids(const ExportData& data) : data_(data) {
        if (!Pattern("[a-z0-9_]+").matches(data.context.origin))
            throw Error(Exit::usage, fmt::format("--origin '{}': KCIDB's origins are of a-z, 0-9 and _",
                                                 data.context.origin));
    }
    std::string with_origin(const std::string& id) const { return data_.context.origin + ':' + id; }
    std::string checkout(const std::string& strategy) const {
        const KernelInfo* kernel = data_.kernel_of(strategy);
        if (kernel == nullptr) return with_origin("source-" + strategy);
        const std::string source = kernel->commit.empty() ? "linux-" + kernel->base : kernel->commit;
        const std::string patches = patchset_hash(*kernel).substr(0, 16);
        return with_origin(source + (patches.empty() ? "" : '+' + patches));
    }
    std::string build(const std::string& strategy) const {
        const KernelInfo* kernel = data_.kernel_of(strategy);
        // The running kernel was built by somebody else.
        if (kernel == nullptr || kernel->image_sha256.empty())
            return with_origin(data_.result_of(strategy).run.id + '-' + strategy);
        return with_origin(strategy + '-' + kernel->image_sha256.substr(0, 16));
    }
    std::string test(const std::string& strategy, const std::string& rest) const {
        return with_origin(fmt::format("{}/{}/{}", data_.result_of(strategy).run.id, strategy, rest));
    }

  private:
    const ExportData& data_;
};

ordered_json checkout_of(const ExportData& data, const Ids& ids, const std::string& strategy) {
    ordered_json checkout = {{"id", ids.checkout(strategy)}, {"origin", data.context.origin}};
    const KernelInfo* kernel = data.kernel_of(strategy);
    if (kernel == nullptr) return checkout;
    if (!kernel->commit.empty()) {
        checkout["git_commit_hash"] = kernel->commit;
        if (data.context.repository.starts_with("https://"))
            checkout["git_repository_url"] = data.context.repository;
        if (!data.context.branch.empty()) checkout["git_repository_branch"] = data.context.branch;
    }
    checkout["patchset_hash"] = patchset_hash(*kernel);
    checkout["comment"] = "Linux " + kernel->base;
    return checkout;
}

ordered_json build_of(const ExportData& data, const Ids& ids, const std::string& strategy) {
    ordered_json build = {{"id", ids.build(strategy)},
                          {"checkout_id", ids.checkout(strategy)},
                          {"origin", data.context.origin},
                          {"architecture", "x86_64"}};
    ordered_json misc = {{"strategy", strategy}};
    if (const KernelInfo* kernel = data.kernel_of(strategy)) {
        if (!kernel->compiler.empty()) build["compiler"] = kernel->compiler;
        if (!kernel->config.empty()) build["config_name"] = kernel->config;
        if (!kernel->image_sha256.empty()) misc["image_sha256"] = kernel->image_sha256;
        if (!kernel->config_sha256.empty()) misc["config_sha256"] = kernel->config_sha256;
    }
    build["misc"] = std::move(misc);
    return build;
}

std::string environment_of(const Result& result) {
    const bool exact = result.run.instrument == Instrument::exact;
    const std::string machine = environment_text(result, exact ? "emulator" : "cpu");
    return exact ? machine + ", -icount: instructions, not time" : machine;
}

ordered_json test_of(const ExportData& data, const Ids& ids, const std::string& strategy, const Cell& cell,
                     const std::string& metric) {
    const Result& result = data.result_of(strategy);
    return {{"id", ids.test(strategy, cell.name() + (metric.empty() ? "" : '/' + metric))},
            {"origin", data.context.origin},
            {"build_id", ids.build(strategy)},
            {"path", test_path(cell, metric)},
            {"start_time", result.run.started},
            {"environment", {{"comment", environment_of(result)}}}};
}

ordered_json measured(const ExportData& data, const Ids& ids, const ExportRecord& record) {
    ordered_json test = test_of(data, ids, record.strategy, record.cell, record.metric);
    test["status"] = "DONE";
    // Not 0 and not NaN: json_number() keeps what was measured.
    ordered_json number = {{"value", json_number(record.value)}};
    if (record.unit != "1") number["unit"] = record.unit;
    test["number"] = std::move(number);
    ordered_json misc = {{"better", to_string(record.better)},
                         {"statistic", to_string(record.statistic)},
                         {"n", record.n},
                         {"min", json_number(record.min)},
                         {"max", json_number(record.max)}};
    if (record.low) misc["low"] = json_number(*record.low);
    if (record.high) misc["high"] = json_number(*record.high);
    test["misc"] = std::move(misc);
    return test;
}

/// A failed exec is the kernel's failure, declared or not; what cannot run here was not applicable.
ordered_json missing(const ExportData& data, const Ids& ids, const ExportGap& gap) {
    ordered_json test = test_of(data, ids, gap.strategy, gap.cell, gap.metric);
    test["status"] = gap.status == CellStatus::failed ? "FAIL" : "SKIP";
    test["comment"] = gap.reason;
    test["misc"] = {{"declared", gap.declared}};
    return test;
}

}  // namespace

Exported kcidb_export(const ExportData& data) {
    const Ids ids(data);
    ordered_json checkouts = ordered_json::array();
    ordered_json builds = ordered_json::array();
    for (const std::string& strategy : data.strategies()) {
        ordered_json checkout = checkout_of(data, ids, strategy);
        if (std::find(checkouts.begin(), checkouts.end(), checkout) == checkouts.end())
            checkouts.push_back(std::move(checkout));
        builds.push_back(build_of(data, ids, strategy));
    }
    ordered_json tests = ordered_json::array();
    for (const ExportRecord& record : data.records) tests.push_back(measured(data, ids, record));
    for (const ExportGap& gap : data.gaps) tests.push_back(missing(data, ids, gap));
    const ordered_json document = {{"version", {{"major", 5}, {"minor", 3}}},
                                   {"checkouts", std::move(checkouts)},
                                   {"builds", std::move(builds)},
                                   {"tests", std::move(tests)}};
    return {document.dump(2) + '\n', {}};
}

}  // namespace stackshift
