// SPDX-License-Identifier: MIT
#include "report/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "report/bases.h"
#include "report/comparable.h"
#include "report/headline.h"
#include "report/problems.h"
#include "report/revisions.h"
#include "report/tables.h"
#include "report/text.h"
#include "report/text_table.h"
#include "report/time_changes.h"
#include "report/view.h"

namespace stackshift {
namespace {

std::string field(const std::string& name, const std::string& value) {
    constexpr std::size_t kNameWidth = 12;
    std::string lead = name;
    lead.resize(kNameWidth, ' ');
    return wrapped(lead, value, kNameWidth);
}

/// The clock instrument, on the running kernel or in guests.
const char* clock_name(const Result& result) {
    return environment_text(result, "accel") == "kvm" ? "clock: time in KVM guests on this CPU, by the TSC"
                                                      : "clock: time on this CPU, by the TSC";
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
    if (!kernel->subject.empty()) text += fmt::format(": \"{}\"", kernel->subject);
    if (!kernel->base.empty()) text += ": Linux " + kernel->base;
    if (!kernel->config.empty()) text += ", " + kernel->config;
    if (!kernel->patches.empty()) {
        text += fmt::format(", {} patch{}", kernel->patches.size(), kernel->patches.size() == 1 ? "" : "es");
    }
    for (const ConfigIntent& intent : kernel->intents) {
        if (intent.became == intent.asked) continue;
        text += intent.became == "nothing" ? fmt::format(", without {}", intent.asked)
                                           : fmt::format(", {} for {}", intent.became, intent.asked);
    }
    if (!kernel->image_sha256.empty()) text += ", image " + kernel->image_sha256.substr(0, 12);
    return text;
}

std::string header(const std::vector<Result>& results, const View& view) {
    std::string text = field(
        "instrument", view.clock() ? clock_name(results[0])
                                   : "exact: guest instructions under QEMU TCG -icount (a count, not time)");
    text += field("machine", machine(view, results[0]));
    const std::string guest = environment_text(results[0], "guest");
    if (!guest.empty()) text += field("guest", guest);
    if (view.paired) text += field("draws", "paired: an exec draws the same addresses in every kernel");
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
        if (std::any_of(view.contenders.begin(), view.contenders.end(), [&](const Contender& contender) {
                return interleaved(view, view.contenders.front(), contender);
            }))
            text += " Between kernels of one run the first tables decide: their rounds are paired.";
    } else {
        text +=
            " floor: what the draws of ASLR and the timer's ticks alone make of the row's differences, at "
            "most, in 95 "
            "of 100 comparisons; ~: not more than that, or not known for want of a second seed.";
    }
    return text + " A dot: not in the plan or not counted; n/a: unavailable; FAIL: failed.";
}

std::string all_tables(const View& view) {
    std::string text;
    const auto add = [&text](const std::vector<Table>& tables) {
        for (const Table& table : tables) text += table_text(table);
    };
    add(time_change_tables(view));
    add(paired_tables(view));
    add(path_tables(view));
    for (const ExecPath path : view.paths) {
        if (view.contenders.size() == 1) {
            add(cost_tables(view, path));
        } else {
            add(contender_tables(view, path));
        }
        add(spread_tables(view, path));
        add(flush_tables(view, path));
        add(phase_tables(view, path));
        add(event_tables(view, path));
    }
    return text + '\n' + wrapped("", legend(view), 0);
}

/// Lines that may be indented, wrapped with two more blanks.
std::string lines_text(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
        const std::size_t indent = line.find_first_not_of(' ');
        text += wrapped(line.substr(0, indent), line, indent + 2);
    }
    return text;
}

/// Results of one instrument: a part and a view for each base. The views point into the parts.
struct Shown {
    Shown() = default;
    Shown(Shown&&) = default;
    Shown(const Shown&) = delete;
    std::vector<BasePart> parts;
    std::vector<View> views;
};

Shown to_show(const std::vector<Result>& results, const CompareOptions& options) {
    // All results together: what differs may be the very thing that parts them.
    make_view(results, {});
    Shown shown;
    shown.parts = parts_by_base(results);
    for (const BasePart& part : shown.parts) {
        CompareOptions own = options;
        own.baseline = baseline_within(part, options.baseline);
        shown.views.push_back(make_view(part.results, own));
    }
    return shown;
}

std::string tables_of(const View& view, bool events) {
    std::string text;
    if (!are_revisions(view))
        for (const Table& table : headline_table(view)) text += table_text(table);
    for (const Table& table : time_change_tables(view, headline_rows(view))) text += table_text(table);
    for (const Table& table : path_headline_table(view)) text += table_text(table);
    for (const Table& table : paired_tables(view)) text += table_text(table);
    for (const ExecPath path : events ? view.paths : std::vector<ExecPath>()) {
        for (const Table& table : event_tables(view, path)) text += table_text(table);
    }
    return text;
}

std::string short_text(const std::vector<const Shown*>& all, bool events) {
    std::string text;
    for (const Shown* shown : all) {
        for (const View& view : shown->views)
            text += are_revisions(view) ? revisions_text(view) : lines_text(headline(view));
    }
    for (const Shown* shown : all) {
        for (const Table& table : base_tables(shown->parts, shown->views)) text += table_text(table);
        for (const View& view : shown->views) {
            if (shown->views.size() == 1) text += tables_of(view, events);
            text += notes_text(failure_reasons(view));
        }
    }
    return text;
}

std::string whole_text(const Shown& shown) {
    std::string text;
    for (const Table& table : base_tables(shown.parts, shown.views)) text += table_text(table);
    for (std::size_t i = 0; i < shown.parts.size(); ++i) {
        if (shown.parts.size() > 1) text += fmt::format("\n=== Linux {} ===\n\n", shown.parts[i].base);
        const View& view = shown.views[i];
        text += header(shown.parts[i].results, view);
        if (are_revisions(view)) text += revisions_text(view, true);
        text += all_tables(view);
    }
    return text;
}

std::string unexpected_text(const View& view, bool all) {
    const std::size_t count = unexpected_failures(view);
    if (count == 0) return "";
    return fmt::format("UNEXPECTED: {} cell{} failed though no strategy declares it{}.\n", count,
                       count == 1 ? "" : "s", all ? "; see (unexpected) above" : "");
}

}  // namespace

std::string compare_text(const std::vector<Result>& results, const CompareOptions& options) {
    const Shown shown = to_show(results, options);
    std::string text = options.all ? whole_text(shown) : short_text({&shown}, options.events);
    text += unported_text(results) + left_out_text(results);
    for (const View& view : shown.views) text += unexpected_text(view, options.all);
    make_ascii(text);
    return text;
}

std::string first_answer_text(const Result& result) {
    const std::vector<BasePart> parts = parts_by_base({result});
    std::vector<std::string> lines = headline(make_view(parts.front().results, {}));
    lines.resize(std::min<std::size_t>(2, lines.size()));
    std::string text = lines_text(lines);
    make_ascii(text);
    return text;
}

std::string answer_text(const std::vector<const Result*>& results, const CompareOptions& options) {
    std::vector<Shown> kept;
    for (const Result* result : results) {
        CompareOptions own = options;
        // A clock run has one kernel, the running one.
        if (result->run.instrument == Instrument::clock) own.baseline.clear();
        kept.push_back(to_show({*result}, own));
    }
    std::vector<const Shown*> all;
    for (const Shown& shown : kept) all.push_back(&shown);
    std::string text = short_text(all, options.events);
    for (const Result* result : results) text += unported_text({*result}) + left_out_text({*result});
    for (const Shown* shown : all)
        for (const View& view : shown->views) text += unexpected_text(view, false);
    make_ascii(text);
    return text;
}

}  // namespace stackshift
