// SPDX-License-Identifier: MIT
#include "gate/self_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "gate/reduced.h"
#include "matrix/filter.h"
#include "report/text_table.h"
#include "results/metrics.h"
#include "util/error.h"

namespace stackshift {
namespace {

constexpr double kPlanted = 100;        // instructions
constexpr double kPlantedPercent = 10;  // of a time

bool is_exact(const Result& result) {
    return result.run.instrument == Instrument::exact;
}

std::string cost_of(const Result& result) {
    return is_exact(result) ? metrics::kInstructions : metrics::kTime;
}

/// The cell that carries what is planted: one with phases where there is one, and rather one without ASLR.
std::size_t carrier(const Result& result, const GateRequest& request) {
    const CellFilter filter("--filter", request.filter);
    const std::vector<std::string>& wanted = request.pairing.strategies;
    std::size_t found = result.cells.size();
    int best = -1;
    for (std::size_t i = 0; i < result.cells.size(); ++i) {
        const CellResult& cell = result.cells[i];
        const bool taken =
            wanted.empty() || std::find(wanted.begin(), wanted.end(), cell.strategy) != wanted.end();
        if (!taken || cell.status != CellStatus::ok || !filter.takes(cell.cell)) continue;
        if (!cell.metrics.contains(cost_of(result))) continue;
        const int rank =
            2 * cell.metrics.contains(metrics::of(Phase::strings)) + (cell.cell.aslr == Aslr::off);
        if (rank <= best) continue;
        best = rank;
        found = i;
    }
    if (best < 0)
        throw Error(Exit::usage,
                    "--self-test: the result has no cell that is ok, and so none to plant a change in");
    return found;
}

void add(Metric& metric, double more) {
    for (double* value : {&metric.median, &metric.mean, &metric.min, &metric.max}) *value += more;
    for (double& value : metric.group_medians) value += more;
}

void scale(Metric& metric, double by) {
    for (double* value : {&metric.median, &metric.mean, &metric.min, &metric.max}) *value *= by;
    for (double& value : metric.group_medians) value *= by;
}

/// As a loop of the kernel's would make it: the whole, what stages, and the phase.
void plant_instructions(CellResult& cell, double more) {
    for (const std::string& name : {std::string(metrics::kInstructions), std::string(metrics::kStagingCost),
                                    metrics::of(Phase::strings)}) {
        if (const auto metric = cell.metrics.find(name); metric != cell.metrics.end())
            add(metric->second, more);
    }
}

/// What the gate's floors and the draws leave to be seen, doubled.
double visible(const Result& result, const CellResult& cell, const GateRequest& request, bool other_image) {
    const double median = cell.metrics.at(metrics::kInstructions).median;
    double most = std::max({kPlanted, 2 * request.absolute_floor.value_or(0),
                            2 * median * request.relative_floor.value_or(0) / 100});
    // An image of its own draws its own addresses: as far as the medians of seeds of any kernel lie apart.
    for (const CellResult& other : result.cells) {
        if (!other_image || other.cell != cell.cell || !other.metrics.contains(metrics::kInstructions))
            continue;
        const std::vector<double>& medians = other.metrics.at(metrics::kInstructions).group_medians;
        if (medians.size() < 2) continue;
        const auto [low, high] = std::minmax_element(medians.begin(), medians.end());
        most = std::max(most, 20 * (*high - *low));
    }
    return std::round(most);
}

KernelInfo* kernel_of_cell(Result& result, const std::string& strategy) {
    for (KernelInfo& kernel : result.kernels) {
        if (kernel.strategy == strategy) return &kernel;
    }
    return nullptr;
}

/// Plants into copies of one result.
class Planter {
  public:
    Planter(const Result& result, GateRequest request)
        : whole_(summaries_of(result)), request_(std::move(request)), at_(carrier(whole_, request_)) {}

    const CellResult& cell() const { return whole_.cells[at_]; }
    const Result& whole() const { return whole_; }
    const GateRequest& request() const { return request_; }

    using Change = std::function<void(Result&, CellResult&)>;

    /// The gate must find exactly this, of this metric ("": the cell), and nothing else of the cell's other
    /// than what follows from it.
    void expect(const std::string& what, Verdict verdict, const std::string& metric, const std::string& part,
                const Change& change) {
        run(what, change, [&](Plant& plant, const GateReport& report) {
            for (const Finding& finding : report.findings) {
                if (finding.verdict != verdict || !finding.fails || finding.metric != metric) continue;
                if (finding.strategy != cell().strategy || finding.cell != cell().cell.name()) continue;
                if (!part.empty() && (!finding.part || finding.part->metric != part)) continue;
                plant.caught = true;
            }
            if (!report.fails()) plant.said = "passed";
        });
    }

    void expect_pass(const std::string& what) {
        run(
            what, [](Result&, CellResult&) {},
            [](Plant& plant, const GateReport& report) { plant.caught = !report.fails(); });
    }

    void expect_refusal(const std::string& what, const std::string& field, const Change& change) {
        Result copy = whole_;
        change(copy, copy.cells[at_]);
        Plant plant{what, false, "was not refused"};
        try {
            judge(whole_, copy, request_);
        } catch (const Error& error) {
            plant.said = error.what();
            plant.caught = error.code == Exit::incomparable && plant.said.find(field) != std::string::npos;
        }
        plants_.push_back(plant);
    }

    std::vector<Plant> plants() { return std::move(plants_); }

  private:
    template <typename Look>
    void run(const std::string& what, const Change& change, const Look& look) {
        Result copy = whole_;
        change(copy, copy.cells[at_]);
        Plant plant{what, false, "another verdict"};
        try {
            look(plant, judge(whole_, copy, request_));
        } catch (const Error& error) {
            plant.said = error.what();
        }
        plants_.push_back(plant);
    }

    Result whole_;
    GateRequest request_;
    std::size_t at_;
    std::vector<Plant> plants_;
};

void plant_counts(Planter& planter) {
    const std::string name = planter.cell().strategy + ' ' + planter.cell().cell.name();
    const bool phased = planter.cell().metrics.contains(metrics::of(Phase::strings));
    const std::string part = phased ? metrics::of(Phase::strings) : "";
    const auto more_text = [&](double more) {
        return fmt::format("{:.0f} instructions more in {}{}", more, name, phased ? ", " + part : "");
    };
    const double more = visible(planter.whole(), planter.cell(), planter.request(), false);
    planter.expect(more_text(more) + ", same image", Verdict::worse, metrics::kInstructions, part,
                   [&](Result&, CellResult& cell) { plant_instructions(cell, more); });
    const double larger = visible(planter.whole(), planter.cell(), planter.request(), true);
    planter.expect(more_text(larger) + ", another image", Verdict::worse, metrics::kInstructions, part,
                   [&](Result& result, CellResult& cell) {
                       plant_instructions(cell, larger);
                       if (KernelInfo* kernel = kernel_of_cell(result, cell.strategy))
                           kernel->image_sha256 = std::string(64, '0');
                   });
}

void plant_times(Planter& planter) {
    const double percent = std::max({kPlantedPercent, 2 * planter.request().relative_floor.value_or(0),
                                     200 * planter.request().absolute_floor.value_or(0) /
                                         planter.cell().metrics.at(metrics::kTime).median});
    planter.expect(fmt::format("{:.0f} % more time in {} {}", percent, planter.cell().strategy,
                               planter.cell().cell.name()),
                   Verdict::worse, metrics::kTime, "", [&](Result&, CellResult& cell) {
                       scale(cell.metrics.at(metrics::kTime), 1 + percent / 100);
                   });
}

}  // namespace

std::vector<Plant> self_test(const Result& result, const GateRequest& request) {
    Planter planter(result, request);
    const std::string name = planter.cell().strategy + ' ' + planter.cell().cell.name();
    planter.expect_pass("nothing");
    if (is_exact(result)) {
        plant_counts(planter);
    } else {
        plant_times(planter);
    }
    planter.expect("without " + name, Verdict::missing, "", "", [](Result& copy, CellResult& cell) {
        copy.cells.erase(copy.cells.begin() + (&cell - copy.cells.data()));
    });
    for (const auto& [status, verdict] : {std::pair{CellStatus::failed, Verdict::failed},
                                          std::pair{CellStatus::unavailable, Verdict::unavailable}}) {
        planter.expect(fmt::format("{} {}", name, to_string(status)), verdict, "", "",
                       [status = status](Result&, CellResult& cell) {
                           cell.status = status;
                           cell.reason = "planted";
                           cell.expected = false;
                           cell.metrics.clear();
                       });
    }
    if (find_kernel(result, planter.cell().strategy) != nullptr) {
        planter.expect_refusal("another compiler", "compiler", [](Result& copy, CellResult& cell) {
            kernel_of_cell(copy, cell.strategy)->compiler += " planted";
        });
    }
    return planter.plants();
}

std::string self_test_text(const std::vector<Plant>& plants) {
    const auto missed =
        std::count_if(plants.begin(), plants.end(), [](const Plant& plant) { return !plant.caught; });
    std::string text =
        missed == 0
            ? fmt::format("The gate found all that was planted ({} copies).\n", plants.size())
            : fmt::format("The gate is BLIND: {} of {} copies were judged wrongly.\n", missed, plants.size());
    for (const Plant& plant : plants) {
        text += wrapped(plant.caught ? "  ok      " : "  MISSED  ",
                        plant.caught ? plant.what : plant.what + ": " + plant.said, 10);
    }
    return text;
}

}  // namespace stackshift
