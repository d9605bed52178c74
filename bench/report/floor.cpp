// SPDX-License-Identifier: MIT
#include "report/floor.h"

#include <algorithm>
#include <cmath>

namespace stackshift {
namespace {

/// How the seeds' medians of one cell vary within a kernel.
struct Draws {
    double variance = 0;
    std::size_t degrees = 0;  ///< of freedom
    std::size_t seeds = 0;    ///< the fewest that a kernel has
};

Draws draws_of(const View& view, const Row& row, const Configuration& configuration,
               const std::string& name) {
    Draws draws;
    double squares = 0;
    for (const Contender& contender : view.contenders) {
        const Metric* metric = find_metric(contender.find(row, configuration), name);
        if (!metric || metric->group_medians.size() < 2) continue;
        const std::vector<double>& medians = metric->group_medians;
        const double middle = mean(medians);
        for (const double value : medians) squares += (value - middle) * (value - middle);
        draws.degrees += medians.size() - 1;
        draws.seeds = draws.seeds == 0 ? medians.size() : std::min(draws.seeds, medians.size());
    }
    if (draws.degrees > 0) draws.variance = squares / static_cast<double>(draws.degrees);
    return draws;
}

/// Of the median of the seeds' medians.
double median_variance(const Draws& draws) {
    const double error = median_error(draws.seeds);
    return draws.variance * error * error;
}

/// Of two kernels whose execs drew the same: what a seed does to all of them alike is no difference of
/// theirs.
std::optional<DifferenceSpread> paired_spread(const View& view, const Row& row,
                                              const Configuration& configuration, const std::string& name) {
    std::vector<std::vector<double>> kernels;
    for (const Contender& contender : view.contenders) {
        const Metric* metric = find_metric(contender.find(row, configuration), name);
        if (!metric || metric->group_medians.empty()) continue;
        if (!kernels.empty() && kernels.front().size() != metric->group_medians.size()) return std::nullopt;
        kernels.push_back(metric->group_medians);
    }
    if (kernels.empty()) return std::nullopt;
    const std::optional<Residual> residual = two_way_residual(kernels);
    if (!residual) return std::nullopt;
    // Where seeds differ by more than what is left, the middle seed is the same one in both kernels, and the
    // difference of the medians is that of a single pair.
    return DifferenceSpread{std::sqrt(2 * residual->variance), residual->degrees};
}

}  // namespace

std::optional<DifferenceSpread> difference_spread(const View& view, const Row& row, const Configuration& a,
                                                  const Configuration& b, const std::string& metric) {
    if (view.paired && a.abi == b.abi && a.aslr == b.aslr) {
        if (const auto paired = paired_spread(view, row, a, metric)) return paired;
    }
    const Draws of_a = draws_of(view, row, a, metric);
    const Draws of_b = draws_of(view, row, b, metric);
    const std::size_t degrees = std::min(of_a.degrees, of_b.degrees);
    if (degrees == 0) return std::nullopt;
    return DifferenceSpread{std::sqrt(median_variance(of_a) + median_variance(of_b)), degrees};
}

std::optional<double> difference_floor(const View& view, const Row& row, const Configuration& a,
                                       const Configuration& b) {
    const std::optional<DifferenceSpread> spread = difference_spread(view, row, a, b, view.cost());
    if (!spread) return std::nullopt;
    return student_975(spread->degrees) * spread->deviation;
}

bool exceeds_floor(const View& view, const Row& row, const Configuration& a, const Configuration& b,
                   double difference) {
    const std::optional<double> floor = difference_floor(view, row, a, b);
    if (!floor) return a.aslr == Aslr::off && b.aslr == Aslr::off;
    return std::abs(difference) > *floor;
}

}  // namespace stackshift
