// SPDX-License-Identifier: MIT
#include "report/choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "report/entries.h"
#include "report/floor.h"
#include "report/headline.h"
#include "report/move.h"

namespace stackshift {
namespace {

// So many are named; the table has them all.
constexpr std::size_t kMostNamed = 4;

/// A contender's difference from the baseline in one exec, in percent.
struct Difference {
    const Contender* contender;
    Row row;
    Configuration configuration;
    double percent;
};

/// Those that draws and ticks do not make.
std::optional<Difference> told_difference(const View& view, const Contender& contender, const Row& row,
                                          const Configuration& configuration) {
    const CellResult* cell = contender.find(row, configuration);
    const CellResult* base = view.contenders.front().find(row, configuration);
    const std::optional<double> difference = median_difference(cell, base, view.cost());
    const std::optional<double> of = percent(difference, base, view.cost());
    if (!of || !exceeds_floor(view, row, configuration, configuration, *difference)) return std::nullopt;
    return Difference{&contender, row, configuration, *of};
}

bool fails_somewhere(const Contender& contender) {
    return std::any_of(contender.cells.begin(), contender.cells.end(),
                       [](const auto& cell) { return cell.second->status == CellStatus::failed; });
}

/// Of a minimal native exec, the most saved first.
std::vector<Difference> savings(const View& view) {
    std::vector<Difference> found;
    const std::vector<Row> rows = headline_rows(view);
    if (rows.empty() || rows.front().pages != 0) return found;
    for (const Contender& contender : view.contenders) {
        const std::optional<Difference> saved =
            told_difference(view, contender, rows.front(), kConfigurations[0]);
        if (saved && saved->percent < 0) found.push_back(*saved);
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const Difference& a, const Difference& b) { return a.percent < b.percent; });
    return found;
}

std::string savings_line(const std::vector<Difference>& saved, const std::string& base) {
    std::vector<std::string> whole;
    std::vector<std::string> failing;
    for (const Difference& difference : saved) {
        const std::string text =
            fmt::format("{} ({:+.1f} %)", difference.contender->label, difference.percent);
        (fails_somewhere(*difference.contender) ? failing : whole).push_back(text);
    }
    if (whole.size() > kMostNamed) whole.resize(kMostNamed);
    std::string line = whole.empty()
                           ? fmt::format(
                                 "Every strategy that saves something of a minimal native exec against "
                                 "{} fails in some cells",
                                 base)
                           : fmt::format(
                                 "Which to choose: of those that fail in no cell, {} {} most off a minimal "
                                 "native exec",
                                 fmt::join(whole, ", then "), whole.size() == 1 ? "takes" : "take");
    if (!failing.empty())
        line += fmt::format("; {} {} in some cells", fmt::join(failing, ", "),
                            failing.size() == 1 ? "fails" : "fail");
    return line + '.';
}

/// "a minimal exec (native no ASLR)".
std::string exec_name(const Difference& of) {
    const std::string size = of.row.long_argv()
                                 ? of.row.pages == 0 ? "minimal" : fmt::format("{}-page", of.row.pages)
                                 : std::string(to_string(of.row.shape));
    return fmt::format("a {} exec, {}", size, of.configuration.title);
}

/// Who costs more than the baseline, and where most. Mainline with stamps is no contender.
std::string costs_line(const View& view) {
    std::vector<std::string> texts;
    for (std::size_t i = 1; i < view.contenders.size(); ++i) {
        if (view.contenders[i].strategy == kMainline) continue;
        std::optional<Difference> most;
        for (const Row& row : headline_rows(view)) {
            for (const Configuration& configuration : kConfigurations) {
                const std::optional<Difference> found =
                    told_difference(view, view.contenders[i], row, configuration);
                if (found && found->percent > 0 && (!most || found->percent > most->percent)) most = found;
            }
        }
        if (most)
            texts.push_back(fmt::format("{} ({:+.1f} % in {})", view.contenders[i].label, most->percent,
                                        exec_name(*most)));
    }
    if (texts.empty()) return "";
    return fmt::format("What costs more than {} somewhere: {}.", view.contenders.front().label,
                       fmt::join(texts, "; "));
}

/// How many tests found a contender other than mainline, fewest first.
std::string tests_line(const View& view, const std::vector<CheckResult>& checks) {
    std::vector<std::pair<std::size_t, std::string>> found;
    for (std::size_t i = 1; i < view.contenders.size(); ++i) {
        std::size_t tests = 0;
        std::size_t different = 0;
        for (const CheckResult& check : checks) {
            for (const CheckRow& row : check.rows) {
                if (row.strategy != view.contenders[i].strategy || row.status == CheckRow::Status::skipped)
                    continue;
                ++tests;
                different += row.status == CheckRow::Status::ok ? 0 : 1;
            }
        }
        if (tests > 0)
            found.emplace_back(different,
                               fmt::format("{} in {} of {}", view.contenders[i].label, different, tests));
    }
    if (found.empty()) return "";
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> texts;
    for (const auto& [different, text] : found) texts.push_back(text);
    return fmt::format("Tests in which programs see something else than on mainline: {}.",
                       fmt::join(texts, ", "));
}

}  // namespace

std::vector<std::string> choice(const View& view, const std::vector<CheckResult>& checks) {
    if (view.clock() || view.contenders.size() < 2) return {};
    const std::vector<Difference> saved = savings(view);
    std::vector<std::string> lines;
    if (!saved.empty()) lines.push_back(savings_line(saved, view.contenders.front().label));
    for (const std::string& line : {costs_line(view), tests_line(view, checks)})
        if (!line.empty()) lines.push_back(line);
    return lines;
}

}  // namespace stackshift
