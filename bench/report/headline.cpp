// SPDX-License-Identifier: MIT
#include "report/headline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "report/comparable.h"
#include "report/entries.h"
#include "report/floor.h"
#include "report/move.h"
#include "report/time_changes.h"

namespace stackshift {
namespace {

// A size at which the move is a small part of an exec and yet not lost among the draws.
constexpr int kLargePages = 128;

constexpr Configuration kNative = kConfigurations[0];
constexpr Configuration kNativeFixed = kConfigurations[1];
constexpr Configuration kI386 = kConfigurations[2];

/// An exec that the headline speaks of.
struct Size {
    std::string name;  ///< "minimal"
    Row row;
};

/// The headline is of execs alone; what they are of other operations is path_tables()' to show.
bool self_exec(const Row& row) {
    return row.path == ExecPath::self_exec;
}

/// The minimal, the typical and the large exec, as far as the result has them.
std::vector<Size> sizes_of(const View& view) {
    std::vector<Size> sizes;
    const Size* large = nullptr;
    for (const Row& row : view.rows) {
        if (self_exec(row) && row.long_argv() && row.pages == 0) sizes.push_back({"minimal", row});
    }
    for (const Row& row : view.rows) {
        if (self_exec(row) && row.shape == Shape::typical && sizes.size() < 2)
            sizes.push_back({"typical", row});
    }
    std::vector<Size> larger;
    for (const Row& row : view.rows) {
        const bool controlled = view.contenders.front().find(row, kNativeFixed) != nullptr;
        if (self_exec(row) && row.long_argv() && row.pages > 1 && row.pages <= kLargePages && controlled)
            larger.push_back({fmt::format("{}-page", row.pages), row});
    }
    if (!larger.empty()) large = &larger.back();
    if (large != nullptr) sizes.push_back(*large);
    return sizes;
}

/// How sure a difference of two clock medians is: both intervals' half widths.
double clock_spread(const View& view, const CellResult* a, const CellResult* b) {
    double sum = 0;
    for (const CellResult* cell : {a, b}) {
        const Metric* metric = find_metric(cell, view.cost());
        sum += metric ? half_width(*metric).value_or(0) : 0;
    }
    return sum;
}

/// "16.8 % of a minimal exec (9,948 of 59,056)", or that draws may make as much; empty where one of the cells
/// is missing.
std::string share_text(const View& view, const Size& size, Abi abi) {
    const std::optional<Move> move = move_of(view, size.row, abi);
    if (!move) return "";
    if (!move->told) {
        return fmt::format("no more than the draws make of it in a {} one (+-{})", size.name,
                           grouped(*difference_floor(view, size.row, move->moved, move->fixed)));
    }
    return fmt::format("{:.1f} % of a {} exec ({} of {})", move->percent, size.name, grouped(move->cost),
                       grouped(find_metric(move->whole, view.cost())->median));
}

std::string joined(const std::vector<std::string>& parts) {
    return fmt::format("{}", fmt::join(parts, ", "));
}

/// Native execs: mainline itself does not move the stack where ASLR is off.
std::string native_line(const View& view, const std::vector<Size>& sizes) {
    std::vector<std::string> parts;
    for (const Size& size : sizes) {
        const std::string text = share_text(view, size, Abi::native);
        if (!text.empty()) parts.push_back(text);
    }
    if (parts.empty()) return "  native: not told here, for want of cells with and without ASLR";
    return "  native: " + joined(parts);
}

/// i386 execs: mainline moves every one, so only a strategy that does not can tell.
std::string i386_line(const View& view, const std::vector<Size>& sizes) {
    if (!find_contender(view, kYardstick))
        return fmt::format("  i386: not told here: mainline moves every stack; it takes {} to tell",
                           kYardstick);
    std::vector<std::string> parts;
    for (const Size& size : sizes) {
        const std::string text = share_text(view, size, Abi::i386);
        if (!text.empty()) parts.push_back(text);
    }
    if (parts.empty()) return "  i386: not told here, for want of cells";
    return "  i386: " + joined(parts);
}

struct Saving {
    const Contender* contender;
    double minimal;  ///< percent of a minimal native exec with ASLR, negative: saved
    std::optional<double> typical;
    std::set<std::string> failures;  ///< reasons
    std::size_t failed = 0;          ///< cells
};

std::string failure_reason(const CellResult& cell) {
    // "exec 1 of 50: execve: E2BIG (...)": where it failed differs from cell to cell, and why does not.
    const std::size_t call = cell.reason.find("execve: ");
    std::string reason = call == std::string::npos ? cell.reason : cell.reason.substr(call);
    return reason.substr(0, reason.find(" ("));
}

std::vector<Saving> savings(const View& view, const std::vector<Size>& sizes) {
    std::vector<Saving> found;
    const Contender& base = view.contenders.front();
    for (const Contender& contender : view.contenders) {
        if (&contender == &base || contender.strategy == kMainline) continue;
        const auto saved = [&](const Size& size) {
            const CellResult* cell = contender.find(size.row, kNative);
            const CellResult* reference = base.find(size.row, kNative);
            return percent(median_difference(cell, reference, view.cost()), reference, view.cost());
        };
        const std::optional<double> minimal = sizes.empty() ? std::nullopt : saved(sizes[0]);
        if (!minimal) continue;
        Saving saving{&contender, *minimal, std::nullopt, {}, 0};
        if (sizes.size() > 1) saving.typical = saved(sizes[1]);
        for (const auto& [name, cell] : contender.cells) {
            if (cell->status != CellStatus::failed) continue;
            ++saving.failed;
            saving.failures.insert(failure_reason(*cell));
        }
        found.push_back(std::move(saving));
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const Saving& a, const Saving& b) { return a.minimal < b.minimal; });
    return found;
}

/// "pagelist -14.7 % (typical -13.1 %)".
std::string saving_text(const Saving& saving) {
    std::string text = fmt::format("{} {:+.1f} %", saving.contender->label, saving.minimal);
    if (saving.typical) text += fmt::format(" (typical {:+.1f} %)", *saving.typical);
    return text;
}

std::vector<std::string> exact_headline(const View& view) {
    const std::vector<Size> sizes = sizes_of(view);
    const KernelInfo* kernel = view.contenders.front().kernel();
    std::vector<std::string> lines = {
        fmt::format("Moving the stack costs, in instructions on Linux {} (exact, {} seeds):",
                    kernel ? kernel->base : "?", view.contenders.front().result->run.seeds.size()),
        native_line(view, sizes), i386_line(view, sizes)};
    const std::vector<Saving> found = savings(view, sizes);
    if (found.empty()) return lines;
    std::vector<std::string> texts;
    for (const Saving& saving : found) texts.push_back(saving_text(saving));
    lines.push_back("A minimal native exec against " + view.contenders.front().label + ": " + joined(texts));
    for (const Saving& saving : found) {
        if (saving.failed == 0) continue;
        lines.push_back(fmt::format("  {} fails in {} of {} cells: {}", saving.contender->label,
                                    saving.failed, saving.contender->cells.size(),
                                    joined({saving.failures.begin(), saving.failures.end()})));
    }
    return lines;
}

/// Rows whose difference by ASLR the clock could tell, and all.
struct Told {
    std::size_t apart = 0;
    std::size_t all = 0;
};

Told told_rows(const View& view) {
    Told told;
    const Contender& base = view.contenders.front();
    for (const Row& row : view.rows) {
        for (std::size_t on = 0; on < kConfigurations.size(); on += 2) {
            const CellResult* with = base.find(row, kConfigurations[on]);
            const CellResult* without = base.find(row, kConfigurations[on + 1]);
            if (!find_metric(with, view.cost()) || !find_metric(without, view.cost())) continue;
            ++told.all;
            told.apart += told_apart(view, with, without) ? 1 : 0;
        }
    }
    return told;
}

/// A contender's minimal native exec against the baseline's. Where their rounds were not made side by side,
/// only their two medians can be held against each other.
std::string time_change_text(const View& view, const Contender& contender, const Row& row) {
    for (const TimeChange& change : time_changes(view, contender)) {
        const Configuration& of = *change.configuration;
        if (change.row == row && of.abi == kNative.abi && of.aslr == kNative.aslr) return change_text(change);
    }
    const CellResult* cell = contender.find(row, kNative);
    const CellResult* base = view.contenders.front().find(row, kNative);
    const std::optional<double> change =
        percent(median_difference(cell, base, view.cost()), base, view.cost());
    if (!change) return "not measured";
    return fmt::format("{:+.1f} % ({})", *change,
                       told_apart(view, cell, base) ? "of two runs, whose intervals lie apart"
                                                    : "of two runs, whose intervals overlap: in doubt");
}

std::string contenders_line(const View& view, const Row& row) {
    std::vector<std::string> texts;
    for (std::size_t i = 1; i < view.contenders.size(); ++i) {
        texts.push_back(view.contenders[i].label + " " + time_change_text(view, view.contenders[i], row));
    }
    return "A minimal native exec against " + view.contenders.front().label + ": " + joined(texts);
}

std::vector<std::string> clock_headline(const View& view) {
    const std::vector<Size> sizes = sizes_of(view);
    const Contender& base = view.contenders.front();
    const KernelInfo* kernel = base.kernel();
    const bool guests = environment_text(*base.result, "accel") == "kvm";
    std::string line =
        fmt::format("By the clock, {} Linux {}: ", guests ? "in KVM guests with" : "on this machine's",
                    kernel ? kernel->base : "?");
    const CellResult* with = sizes.empty() ? nullptr : base.find(sizes[0].row, kNative);
    const CellResult* without = sizes.empty() ? nullptr : base.find(sizes[0].row, kNativeFixed);
    const std::optional<double> cost = median_difference(with, without, view.cost());
    const std::optional<double> of = percent(cost, with, view.cost());
    if (!of) {
        line += "not told, for want of a minimal exec with and without ASLR";
    } else if (!told_apart(view, with, without)) {
        line += fmt::format(
            "{} ns for a minimal native exec; what the move is of it is lost in the noise (+-{} ns)",
            grouped(find_metric(with, view.cost())->median), grouped(clock_spread(view, with, without)));
    } else if (*cost < 0) {
        // Nothing that a move costs: what else differs hides it.
        line += fmt::format(
            "{} ns for a minimal native exec, and {} more without ASLR, where nothing is moved (+-{} ns): "
            "what differs is something else, and larger than the move",
            grouped(find_metric(with, view.cost())->median), grouped(-*cost),
            grouped(clock_spread(view, with, without)));
    } else {
        line += fmt::format("the move is {} of the {} ns of a minimal native exec ({:.0f} %, +-{} ns)",
                            grouped(*cost), grouped(find_metric(with, view.cost())->median), *of,
                            grouped(clock_spread(view, with, without)));
    }
    std::vector<std::string> lines = {line};
    if (!sizes.empty() && view.contenders.size() > 1) lines.push_back(contenders_line(view, sizes[0].row));
    const Told told = told_rows(view);
    if (told.all > 0 && told.apart * 2 < told.all) {
        lines.push_back(
            fmt::format("  This machine is noisy: ASLR on and off can be told apart in {} of {} rows. It "
                        "would help: nothing "
                        "else running, --time 600, a machine of your own",
                        told.apart, told.all));
    }
    return lines;
}

Table exact_table(const View& view) {
    Table table;
    table.title =
        fmt::format("Instructions per exec (median) with ASLR, and what each strategy makes of them");
    table.columns = {{"exec", Table::Kind::name}};
    table.add_group("", {{view.contenders.front().label}}, true);
    for (std::size_t i = 1; i < view.contenders.size(); ++i)
        table.add_group("", {{view.contenders[i].label}});
    for (const Configuration& configuration : {kNative, kI386}) {
        for (const Size& size : sizes_of(view)) {
            const CellResult* base = view.contenders.front().find(size.row, configuration);
            if (!base) continue;
            std::vector<Entry> entries = {fmt::format("{} {}", to_string(configuration.abi), size.name),
                                          median_entry(base, view.cost())};
            for (std::size_t i = 1; i < view.contenders.size(); ++i) {
                const CellResult* cell = view.contenders[i].find(size.row, configuration);
                const std::optional<double> difference = median_difference(cell, base, view.cost());
                const std::string missing = missing_entry(cell, find_metric(cell, view.cost()));
                const bool told = !difference || *difference == 0 ||
                                  exceeds_floor(view, size.row, configuration, configuration, *difference);
                const std::string of_base = percent_entry(difference, base, view.cost());
                entries.push_back({!missing.empty() ? missing
                                   : told           ? of_base
                                                    : doubtful(of_base),
                                   percent(difference, base, view.cost())});
            }
            table.rows.push_back(std::move(entries));
        }
    }
    return table;
}

Table clock_table(const View& view) {
    Table table;
    table.title = fmt::format("Time per exec, ns (median), native, {}", view.contenders.front().label);
    table.columns = {{"exec", Table::Kind::name}};
    table.add_group("", {{"ASLR"}, {"no ASLR"}, {"on-off"}, {"%"}});
    for (const Size& size : sizes_of(view)) {
        const CellResult* with = view.contenders.front().find(size.row, kNative);
        const CellResult* without = view.contenders.front().find(size.row, kNativeFixed);
        if (!with) continue;
        const std::optional<double> difference = median_difference(with, without, view.cost());
        const std::string of_base = percent_entry(difference, without, view.cost());
        table.rows.push_back({size.name,
                              median_entry(with, view.cost()),
                              median_entry(without, view.cost()),
                              {difference_entry(difference), difference},
                              {told_apart(view, with, without) ? of_base : doubtful(of_base),
                               percent(difference, without, view.cost())}});
    }
    return table;
}

}  // namespace

std::vector<std::string> headline(const View& view) {
    return view.clock() ? clock_headline(view) : exact_headline(view);
}

std::vector<Row> headline_rows(const View& view) {
    std::vector<Row> rows;
    for (const Size& size : sizes_of(view)) rows.push_back(size.row);
    return rows;
}

std::vector<Table> headline_table(const View& view) {
    Table table = view.clock() ? clock_table(view) : exact_table(view);
    if (table.rows.empty()) return {};
    return {table};
}

}  // namespace stackshift
