// SPDX-License-Identifier: MIT
#include "lab/step_search.h"

#include <cmath>

namespace stackshift {
namespace {

class Search {
  public:
    Search(double at_least, const Measure& measure) : at_least_(at_least), measure_(measure) {}

    std::vector<Step> between(std::size_t low, double low_value, std::size_t high, double high_value) {
        if (std::fabs(high_value - low_value) < at_least_) return {};
        const std::optional<Point> middle = measured_between(low, high);
        if (!middle) return {{low, high, low_value, high_value, false}};
        std::vector<Step> steps = between(low, low_value, middle->commit, middle->value);
        const std::vector<Step> later = between(middle->commit, middle->value, high, high_value);
        steps.insert(steps.end(), later.begin(), later.end());
        if (steps.empty()) steps.push_back({low, high, low_value, high_value, true});
        return steps;
    }

  private:
    struct Point {
        std::size_t commit;
        double value;
    };

    /// The commit nearest to the middle that can be measured.
    std::optional<Point> measured_between(std::size_t low, std::size_t high) {
        const std::size_t middle = low + (high - low) / 2;
        for (std::size_t away = 0; away <= high - low; ++away) {
            if (middle + away < high && middle + away > low) {
                if (const auto value = measure_(middle + away)) return Point{middle + away, *value};
            }
            if (away > 0 && away <= middle && middle - away > low) {
                if (const auto value = measure_(middle - away)) return Point{middle - away, *value};
            }
        }
        return std::nullopt;
    }

    double at_least_;
    const Measure& measure_;
};

}  // namespace

std::vector<Step> find_steps(std::size_t last, double first_value, double last_value, double at_least,
                             const Measure& measure) {
    return Search(at_least, measure).between(0, first_value, last, last_value);
}

}  // namespace stackshift
