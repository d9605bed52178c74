// SPDX-License-Identifier: MIT
#include "report/compare.h"

#include <fmt/format.h>

#include "report/comparable.h"
#include "report/problems.h"
#include "report/tables.h"
#include "report/text_table.h"
#include "report/view.h"

namespace stackshift {
namespace {

std::string field(const std::string& name, const std::string& value) {
    constexpr std::size_t kNameWidth = 12;
    std::string lead = name;
    lead.resize(kNameWidth, ' ');
    return wrapped(lead, value, kNameWidth);
}

std::string machine(const View& view, const Result& result) {
    std::string text;
    const auto add = [&](const std::string& before, const std::string& key) {
        const std::string value = environment_text(result, key);
        if (value.empty()) return;
        if (!text.empty()) text += ", ";
        text += before + value;
    };
    if (view.clock()) {
        add("", "cpu");
        add("Linux ", "host_kernel");
    } else {
        add("", "emulator");
    }
    add("accel ", "accel");
    return text;
}

std::string describe(const Contender& contender) {
    std::string text = contender.label;
    const KernelInfo* kernel = contender.kernel();
    if (!kernel) return text;
    if (!kernel->base.empty()) text += ": Linux " + kernel->base;
    if (!kernel->config.empty()) text += ", " + kernel->config;
    if (!kernel->patches.empty()) {
        text += fmt::format(", {} patch{}", kernel->patches.size(), kernel->patches.size() == 1 ? "" : "es");
    }
    if (!kernel->image_sha256.empty()) text += ", image " + kernel->image_sha256.substr(0, 12);
    return text;
}

std::string header(const std::vector<Result>& results, const View& view) {
    std::string text = field(
        "instrument", view.clock() ? "clock: time on this CPU, by the TSC"
                                   : "exact: guest instructions under QEMU TCG -icount (a count, not time)");
    text += field("machine", machine(view, results[0]));
    text += field("baseline", view.contenders.front().label);
    std::string name = "kernel";
    for (const Contender& contender : view.contenders) {
        text += field(name, describe(contender));
        name.clear();
    }
    std::string seeds;
    for (const std::uint64_t seed : results[0].run.seeds)
        seeds += fmt::format("{}{}", seeds.empty() ? "" : ", ", seed);
    text += field("seeds", seeds.empty() ? "none" : seeds);
    name = "run";
    for (const Result& result : results) {
        text += field(
            name, fmt::format("{}, profile {}, {}", result.run.id, result.run.profile, result.run.started));
        name.clear();
    }
    return text;
}

std::string legend(const View& view) {
    std::string text = view.contenders.size() == 1 ? "%: of no ASLR." : "diff, %: against the baseline.";
    if (view.clock()) {
        text +=
            " +-95%: half the widest 95 % interval of the row's medians (sign test over the medians of the "
            "rounds, "
            "over the samples where there are fewer than 6 rounds). ~: the two intervals overlap or are "
            "unknown.";
    } else {
        text += " +-seed: half the range over the seeds, of the row's cell where it is widest.";
    }
    return text + " A dot: not in the plan or not counted; n/a: unavailable; FAIL: failed.";
}

/// Names and reasons come from files and guests: what is not printable ASCII must not reach a terminal or a
/// table.
void make_ascii(std::string& text) {
    for (char& c : text) {
        if (c != '\n' && (c < ' ' || c > '~')) c = '?';
    }
}

}  // namespace

std::string compare_text(const std::vector<Result>& results, const CompareOptions& options) {
    const View view = make_view(results, options);
    std::string text = header(results, view);
    for (const std::string& path : view.paths) {
        if (view.contenders.size() == 1) {
            text += cost_table(view, path) + other_cells_table(view, path);
        } else {
            text += contender_tables(view, path);
        }
        text += spread_tables(view, path) + flush_tables(view, path);
        if (options.phases) text += phase_tables(view, path);
        text += event_tables(view, path);
    }
    text += '\n' + wrapped("", legend(view), 0);
    if (const std::size_t count = unexpected_failures(view); count > 0) {
        text += fmt::format(
            "UNEXPECTED: {} cell{} failed though no strategy declares it; see (unexpected) above.\n", count,
            count == 1 ? "" : "s");
    }
    make_ascii(text);
    return text;
}

}  // namespace stackshift
