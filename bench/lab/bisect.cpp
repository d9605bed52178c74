// SPDX-License-Identifier: MIT
#include "lab/bisect.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "kernels/revisions.h"
#include "lab/lab.h"
#include "results/metrics.h"
#include "util/error.h"
#include "util/files.h"
#include "util/nearest.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// What git bisect run takes for "this commit cannot be tested".
constexpr int kCannotBeTested = 125;

GitTree tree_of(const BisectRequest& request, const Places& places) {
    return GitTree(request.kernels.tree, tree_work(kernel_places(request.kernels, places)));
}

void require_request(const BisectRequest& request) {
    if (request.kernels.tree.empty() || request.good.empty() || request.bad.empty() || request.cell.empty())
        throw Error(Exit::usage, "bisect needs --tree DIR, --good A, --bad B and --cell NAME");
    std::vector<std::string> names;
    for (const Cell& cell : all_cells()) names.push_back(cell.name());
    if (std::find(names.begin(), names.end(), request.cell) == names.end())
        throw Error(Exit::usage, unknown_name_message("cell", request.cell, names));
}

/// A regular expression that only this name matches.
std::string only(const std::string& name) {
    std::string pattern = "^";
    for (const char c : name) {
        if (std::string_view("+.").find(c) != std::string_view::npos) pattern += '\\';
        pattern += c;
    }
    return pattern + "$";
}

class Bisection {
  public:
    Bisection(const BisectRequest& request, const Places& places, BisectOutcome& outcome)
        : request_(request), places_(places), outcome_(outcome) {}

    Measured measure(const Revision& revision) {
        Measured measured{revision, std::nullopt, ""};
        try {
            measured.instructions = median_of(revision, measured.reason);
        } catch (const Error& error) {
            if (error.code != Exit::run_failed) throw;
            measured.reason = error.what();
        }
        fmt::print(stderr, "bisect: {} {}: {}\n", revision.name, revision.subject,
                   measured.instructions ? fmt::format("{:.0f} instructions", *measured.instructions)
                                         : "passed over: " + measured.reason);
        outcome_.log.push_back(measured);
        save();
        return measured;
    }

    void save() const;

  private:
    std::optional<double> median_of(const Revision& revision, std::string& reason) {
        LabRequest lab;
        lab.kernels = request_.kernels;
        lab.kernels.revisions = {revision.name.starts_with("worktree-") ? kWorktree : revision.commit};
        lab.matrix = {"full", only(request_.cell)};
        lab.seeds = request_.seeds;
        lab.run = {outcome_.directory / revision.name, true, request_.run.argv};
        const LabOutcome outcome = run_lab(lab, places_);
        if (!outcome.failures.empty()) {
            reason = outcome.failures.front();
            return std::nullopt;
        }
        const CellResult& cell = outcome.result.cells.front();
        const auto found = cell.metrics.find(metrics::kInstructions);
        if (cell.status == CellStatus::ok && found != cell.metrics.end()) return found->second.median;
        reason = cell.reason;
        return std::nullopt;
    }

    const BisectRequest& request_;
    const Places& places_;
    BisectOutcome& outcome_;
};

Json to_json(const Measured& measured) {
    Json json = {{"commit", measured.revision.commit}, {"subject", measured.revision.subject}};
    if (measured.instructions) {
        json["instructions"] = *measured.instructions;
    } else {
        json["reason"] = measured.reason;
    }
    return json;
}

void Bisection::save() const {
    Json log = Json::array();
    for (const Measured& measured : outcome_.log) log.push_back(to_json(measured));
    Json steps = Json::array();
    for (const Step& step : outcome_.steps) {
        steps.push_back({{"after", outcome_.line[step.from].revision.commit},
                         {"commit", outcome_.line[step.to].revision.commit},
                         {"subject", outcome_.line[step.to].revision.subject},
                         {"passed_over", step.to - step.from - 1},
                         {"creeping", step.creeping},
                         {"before", step.before},
                         {"now", step.after}});
    }
    const Json document = {{"schema", "stackshift-bisect"}, {"schema_version", 1},
                           {"argv", request_.run.argv},     {"cell", outcome_.cell},
                           {"at_least", outcome_.at_least}, {"log", std::move(log)},
                           {"steps", std::move(steps)}};
    write_file_atomically(outcome_.directory / "bisect.json", document.dump(1) + "\n");
}

/// Takes the directory of a bisection.
RunDirectory begin(const BisectRequest& request, const Places& places, BisectOutcome& outcome) {
    require_request(request);
    RunDirectory directory = run_directory(request.run, places, "bisect");
    outcome.cell = request.cell;
    outcome.directory = directory.path;
    return directory;
}

double instructions_of_end(const Measured& end, const char* which) {
    if (end.instructions) return *end.instructions;
    throw Error(Exit::run_failed,
                fmt::format("the {} end, {}, cannot be measured: {}", which, end.revision.name, end.reason));
}

/// What counts as a move, where the user has not said it.
double at_least_of(const BisectRequest& request, double good, double bad) {
    return request.at_least > 0 ? request.at_least : std::max(1.0, std::fabs(bad - good) / 2);
}

}  // namespace

BisectOutcome run_bisect(const BisectRequest& request, const Places& places) {
    BisectOutcome outcome;
    const RunDirectory directory = begin(request, places, outcome);
    const GitTree tree = tree_of(request, places);
    Bisection bisection(request, places, outcome);
    const Revision good = tree.resolve(request.good);
    const Revision bad = tree.resolve(request.bad);
    const std::vector<std::string> commits = tree.line(good, bad);
    outcome.line.push_back({good, std::nullopt, ""});
    for (const std::string& commit : commits)
        outcome.line.push_back({tree.resolve(commit), std::nullopt, ""});

    outcome.good = outcome.line.front() = bisection.measure(good);
    const double first = instructions_of_end(outcome.good, "good");
    outcome.bad = outcome.line.back() = bisection.measure(bad);
    const double last = instructions_of_end(outcome.bad, "bad");
    outcome.at_least = at_least_of(request, first, last);
    outcome.steps = find_steps(commits.size(), first, last, outcome.at_least, [&](std::size_t commit) {
        outcome.line[commit] = bisection.measure(outcome.line[commit].revision);
        return outcome.line[commit].instructions;
    });
    bisection.save();
    return outcome;
}

int run_bisect_test(const BisectRequest& request, const Places& places) {
    BisectOutcome outcome;
    const RunDirectory directory = begin(request, places, outcome);
    const GitTree tree = tree_of(request, places);
    Bisection bisection(request, places, outcome);
    const double good = instructions_of_end(bisection.measure(tree.resolve(request.good)), "good");
    const double bad = instructions_of_end(bisection.measure(tree.resolve(request.bad)), "bad");
    const Measured test = bisection.measure(tree.resolve(request.test));
    if (!test.instructions) return kCannotBeTested;
    const bool moved = std::fabs(*test.instructions - good) >= at_least_of(request, good, bad);
    return moved ? 1 : 0;
}

std::string bisect_text(const BisectOutcome& outcome) {
    const double good = *outcome.good.instructions;
    const double bad = *outcome.bad.instructions;
    const std::string ends = fmt::format("{:.0f} at {}, {:.0f} at {}", good, outcome.good.revision.name, bad,
                                         outcome.bad.revision.name);
    if (outcome.steps.empty()) {
        return fmt::format("{} has not moved by {:.0f} instructions or more between the ends ({}).\n",
                           outcome.cell, outcome.at_least, ends);
    }
    const size_t count = outcome.steps.size();
    std::string text =
        fmt::format("{} moved {} by {:.0f} instructions or more ({}):\n", outcome.cell,
                    count == 1 ? "once" : fmt::format("{} times", count), outcome.at_least, ends);
    double found = 0;
    for (const Step& step : outcome.steps) {
        const Revision& from = outcome.line[step.from].revision;
        const Revision& to = outcome.line[step.to].revision;
        text += fmt::format("  {:+.0f}  {} {}\n", step.move(), to.name, to.subject);
        if (step.creeping) {
            text += fmt::format(
                "        between {} and it in smaller moves: a smaller --at-least finds them\n", from.name);
        } else if (step.to - step.from > 1) {
            text += fmt::format(
                "        or one of the {} commits between {} and it, which could not be measured\n",
                step.to - step.from - 1, from.name);
        }
        found += step.move();
    }
    const double rest = bad - good - found;
    if (std::fabs(rest) >= 1)
        text += fmt::format("The other {:+.0f} are smaller moves; --at-least N finds those of N or more.\n",
                            rest);
    text += fmt::format("{} of {} commits were measured.\n", outcome.log.size(), outcome.line.size());
    return text;
}

}  // namespace stackshift
